"""How many entities were found, whole and of the right kind."""

import re

# What a tag begins with in BIO, IOB1, IOBES and BILOU, in the letters of IOBES.
_PLACES = {"O": "O", "B": "B", "I": "I", "E": "E", "S": "S", "L": "E", "U": "S"}
_SPAN_TAG = re.compile(r"[BIESLU](-.+)?|O", re.DOTALL)


def entity_f1(tags, predicted):
    """F1 of entities over the whole set: one is right if its type, its beginning and its end are.

    An entity begins where a tag says so (`B-`), or where there is no entity of its type that could go on (`I-` after `O` or after
    another type), as in conlleval and seqeval. All types count alike (micro-average).

    Args:
        tags: True tags, a list of strings for each sentence, in BIO, IOB1, IOBES or BILOU.
        predicted: Predicted tags, as many.

    Returns:
        A number in 0..1; 0 where neither has an entity.

    Raises:
        ValueError: if lengths differ.

    Example:
        >>> keras_transfer.metrics.entity_f1([["B-PER", "I-PER", "O", "B-LOC"]], [["B-PER", "O", "O", "B-LOC"]])
        0.5

    Reference: [Tjong Kim Sang and De Meulder, 2003](https://aclanthology.org/W03-0419)
    """
    tags, predicted = list(tags), list(predicted)
    if len(tags) != len(predicted):
        raise ValueError(f"There must be a prediction for each sentence. Received: {len(predicted)} for {len(tags)}")
    right = both = 0
    for number, (true, found) in enumerate(zip(tags, predicted, strict=True)):
        if len(true) != len(found):
            raise ValueError(
                f"There must be a prediction for each word. Received: {len(found)} for {len(true)} in sentence {number}"
            )
        true, found = entities(true), entities(found)
        right += len(true & found)
        both += len(true) + len(found)
    return 2 * right / both if both else 0.0


def entities(tags):
    """The entities of a sentence: a set of `(type, first word, last word)`; the type of `"B"` alone is `""`."""
    found, begun, before = set(), None, ("O", "")
    for number, tag in enumerate([*tags, "O"]):
        now = _place(tag)
        goes_on = before[0] in "BI" and now[0] in "IE" and before[1] == now[1]
        if not goes_on:
            if before[0] != "O":
                found.add((before[1], begun, number - 1))
            begun = number
        before = now
    return found


def are_span_tags(tags):
    """Whether all of these tags mark beginnings and insides of entities, and not classes of words (`NOUN`)."""
    tags = set(tags)
    return bool(tags - {"O"}) and all(_SPAN_TAG.fullmatch(tag) for tag in tags)


def _place(tag):
    letter, _, kind = str(tag).partition("-")
    return _PLACES.get(letter, "O"), kind
