"""Read a project's tagged sentences."""

import numpy as np

from keras_transfer.data.class_labels import class_order, to_numbers
from keras_transfer.data.load_texts import PARTS, is_for, leaks, texts_to_pretrain_on
from keras_transfer.data.read_tagged import is_tagged, read_tagged
from keras_transfer.data.text_data import TextData
from keras_transfer.data.unusable import bad_list, each_once, left_out


def load_tagged(unlabelled=None, labelled=None, validation=None, test=None, *, per="line", on_bad="error"):
    """Read texts to pretrain on, and sentences whose words have tags to fine-tune on, to choose by and to test on.

    Tagged sentences are read as by `data.read_tagged`, unlabelled texts as by `data.read_documents`. A tagged file (`.conll`,
    `.bio`, `.iob`, `.iob2`, `.tsv`, `.jsonl` with `tokens`, or one named for another part too) serves as unlabelled texts
    too, its words joined by spaces. In `.jsonl`, `split` says which part a sentence is for, as in `data.load_texts`.

    Args:
        unlabelled: Texts to pretrain on; None: the labelled sentences.
        labelled: Sentences to fine-tune on.
        validation: Sentences to choose by.
        test: Sentences for the final figures.
        per: As in `data.load_texts`.
        on_bad: As in `data.load_texts`; of a sentence with an unusable line nothing is kept.

    Returns:
        `TextData`. Its `x_labelled`, `x_validation` and `x_test` are lists of tuples of words, `y_*` lists of int32 arrays, a
        number a word; `class_names` are the tags of all parts, and a note tells of those that the labelled ones never show.

    Raises:
        ValueError: naming argument, file and line; what was found, what was expected, and what to do.

    Example:
        >>> sentences = keras_transfer.data.load_tagged("corpus.txt", "train.conll", test="test.conll")
        >>> print(sentences.summary())
    """
    bad = bad_list(on_bad)
    paths = dict(zip(PARTS, (unlabelled, labelled, validation, test), strict=True))
    if not labelled:
        raise ValueError("`labelled` is missing: name sentences with a tag for each word.")
    read = {part: _sentences_of(part, path, bad) for part, path in paths.items() if path and part != "unlabelled"}
    fields = {f"x_{part}": [one.words for one in found] for part, found in read.items()}
    tags = {part: [tag for one in found for tag in one.tags] for part, found in read.items()}
    known = set(tags["labelled"])
    if len(known) < 2:
        raise ValueError(f"`labelled` ({labelled}) has one tag only. Received: {tags['labelled'][0]!r}")
    class_names, notes = class_order([tag for found in tags.values() for tag in found]), []
    for part, found in read.items():
        ends = np.cumsum([len(one.tags) for one in found])[:-1]
        fields[f"y_{part}"] = np.split(to_numbers(tags[part], class_names, f"`{part}`"), ends)
    never = [name for name in class_names if name not in known]
    if never:
        notes.append(f"Tags that the labelled sentences never show, and nobody can learn: {', '.join(never)}.")
    if unlabelled:
        fields["x_unlabelled"] = texts_to_pretrain_on(
            paths, per, bad, holds=is_tagged, read=read_tagged, texts_of=_texts_in
        )
    else:
        fields["x_unlabelled"] = _texts_in(read["labelled"])
        notes.append("No unlabelled texts were named: the labelled ones are used for pretraining too, without tags.")
    joined = {name: [_joined(one) for one in value] for name, value in fields.items() if name.startswith("x_")}
    skipped = each_once(bad)
    return TextData(
        **fields, class_names=class_names, notes=(*left_out(skipped), *notes, *leaks(joined)), skipped=skipped
    )


def _sentences_of(part, path, bad):
    """The sentences of a file that are for this part, and have tags."""
    found, untagged = [], 0
    for sentence in read_tagged(path, bad):
        if is_for(part, sentence.split):
            untagged += sentence.tags is None
            found += [sentence] if sentence.tags is not None else []
    if not found:
        reason = f"; {untagged} sentences have no tags" if untagged else ""
        raise ValueError(f"`{part}` ({path}) holds no sentence for it{reason}. Check its keys `tags` and `split`.")
    return found


def _texts_in(sentences):
    return [" ".join(one.words) for one in sentences]


def _joined(words):
    return words if isinstance(words, str) else " ".join(words)
