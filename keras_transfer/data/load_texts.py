"""Read a project's texts, whatever they are kept in."""

from pathlib import Path

from keras_transfer.data.class_labels import class_order, to_numbers
from keras_transfer.data.default_texts import default_texts
from keras_transfer.data.read_documents import read_documents
from keras_transfer.data.text_data import TextData
from keras_transfer.data.unusable import bad_list, each_once, left_out

PARTS = ("unlabelled", "labelled", "validation", "test")
HELD_OUT = PARTS[2:]


def load_texts(
    unlabelled=None, labelled=None, validation=None, test=None, *, per="line", pairs=False, labels=True, on_bad="error"
):
    """Read texts to pretrain on, to fine-tune on, to choose by and to test on.

    Each of the four is a file or folder as `data.read_documents` reads it. One file may serve for several: where it has a
    column `split`, rows marked `validation` or `test` are left to those parts, and rows without a label are left out of
    all but `unlabelled`.

    With labelled but no unlabelled texts, the labelled ones serve for both. With nothing named, paragraphs of Python's manual
    are returned (see `default_texts`).

    Args:
        unlabelled: Texts to pretrain on; labels are passed over.
        labelled: Texts to fine-tune on.
        validation: Texts to choose by.
        test: Texts for the final figures.
        per: `"line"` or `"file"`: what is one document in a `.txt`.
        pairs: Whether labels are about pairs of texts, `text` and `text_2`. Labelled, validation and test texts are then tuples
            of two strings; among the unlabelled ones both texts stand for themselves.
        labels: Whether pairs have labels. Without, the pair itself is what is learnt: a text and its summary, its translation
            or its answer. Rows without `text_2` then serve as unlabelled texts alone.
        on_bad: `"error"`, or `"skip"` to leave unusable files and lines out, which are then listed in `skipped` and counted in
            `notes`.

    Returns:
        `TextData`.

    Raises:
        ValueError: naming argument, file and line; what was found, what was expected, and what to do.

    Example:
        >>> texts = keras_transfer.data.load_texts("reviews.csv", "reviews.csv", test="reviews.csv")
        >>> print(texts.summary())
    """
    bad = bad_list(on_bad)
    paths = dict(zip(PARTS, (unlabelled, labelled, validation, test), strict=True))
    if not any(paths.values()):
        if pairs:
            raise ValueError("No pairs of texts were named, and the embedded texts are none. Give `labelled` at least.")
        return default_texts()
    if (validation or test) and not labelled:
        raise ValueError(
            "`labelled` is missing: validation and test texts need classes that were learnt. Name it as well."
        )
    if not (labels or pairs):
        raise ValueError("`labels=False` is for pairs of texts. Received: pairs=False")
    wanted = "label" if labels else "text_2"
    documents = {part: _of_part(part, path, per, wanted, bad) for part, path in paths.items() if path}
    fields, notes = {f"x_{part}": _texts_of(part, found, pairs) for part, found in documents.items()}, []
    class_names = ()
    if labelled and labels:
        class_names = class_order([one.label for one in documents["labelled"]])
        if len(class_names) < 2:
            raise ValueError(f"`labelled` ({labelled}) has one class only. Received: {class_names[0]!r}")
        for part in documents.keys() - {"unlabelled"}:
            fields[f"y_{part}"] = to_numbers([one.label for one in documents[part]], class_names, f"`{part}`")
    if "x_unlabelled" not in fields:
        fields["x_unlabelled"] = _texts_of("unlabelled", documents["labelled"], pairs)
        notes.append("No unlabelled texts were named: the labelled ones are used for pretraining too, without labels.")
    skipped = each_once(bad)
    return TextData(
        **fields, class_names=class_names, notes=(*left_out(skipped), *notes, *leaks(fields)), skipped=skipped
    )


def _of_part(part, path, per, wanted, bad):
    """The documents of a file that are for this part: of all but unlabelled ones those that have what is wanted."""
    found, without = [], 0
    for document in read_documents(path, per, bad):
        if not is_for(part, document.split):
            continue
        if part != "unlabelled" and getattr(document, wanted) is None:
            without += 1
            continue
        found.append(document)
    if not found:
        reason = f"; {without} documents have no {wanted}" if without else ""
        raise ValueError(
            f"`{part}` ({path}) holds no document for it{reason}. Check its columns `{wanted}` and `split`."
        )
    return found


def is_for(part, split):
    """Whether a document with this split, or None, serves a part that its file was named for."""
    # A file without `split` is all for the part it was named for.
    return split in (None, part) if part in HELD_OUT else split not in HELD_OUT


def texts_to_pretrain_on(paths, per, bad, *, holds, read, texts_of):
    """The unlabelled texts of a project whose other parts are no plain texts.

    Args:
        paths: Dict of part and path.
        per: As for `read_documents`.
        bad: As from `bad_list`.
        holds: Function of a path: whether the file is of the kind of the other parts. One that is named for another part is.
        read: Function of `(path, bad)` that reads that kind.
        texts_of: Function of what it yields that makes texts of it, a list.
    """
    path = paths["unlabelled"]
    others = {str(other) for part, other in paths.items() if part != "unlabelled" and other}
    if str(path) in others or holds(Path(path)):
        texts = texts_of(one for one in read(path, bad) if is_for("unlabelled", one.split))
    else:
        texts = [one.text for one in read_documents(path, per, bad) if is_for("unlabelled", one.split)]
    if not texts:
        raise ValueError(f"`unlabelled` ({path}) holds no text for it. Check its key `split`.")
    return texts


def _texts_of(part, documents, pairs):
    if not pairs:
        return [one.text for one in documents]
    if part == "unlabelled":
        return list(dict.fromkeys(text for one in documents for text in (one.text, one.text_2) if text))
    single = next((one for one in documents if one.text_2 is None), None)
    if single:
        raise ValueError(
            f"{single.where} has no second text: `{part}` must have pairs, in the columns `text` and `text_2`."
        )
    return [(one.text, one.text_2) for one in documents]


def leaks(fields):
    """Notes on held-out texts that are in another part too, for such figures flatter."""
    notes = []
    for held_out in HELD_OUT:
        for part in ("unlabelled", "labelled", "validation"):
            if part != held_out and f"x_{held_out}" in fields and f"x_{part}" in fields:
                known = set(fields[f"x_{part}"])
                shared = sum(text in known for text in fields[f"x_{held_out}"])
                if shared:
                    texts = len(fields[f"x_{held_out}"])
                    notes.append(f"{shared} of {texts} {held_out} texts are among the {part} ones, word by word.")
    return notes
