"""Read a project's texts, whatever they are kept in."""

from keras_transfer.data.class_labels import class_order, to_numbers
from keras_transfer.data.default_texts import default_texts
from keras_transfer.data.read_documents import read_documents
from keras_transfer.data.text_data import TextData

PARTS = ("unlabelled", "labelled", "validation", "test")
HELD_OUT = PARTS[2:]


def load_texts(unlabelled=None, labelled=None, validation=None, test=None, *, per="line"):
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

    Returns:
        `TextData`.

    Raises:
        ValueError: naming argument, file and line; what was found, what was expected, and what to do.

    Example:
        >>> texts = keras_transfer.data.load_texts("reviews.csv", "reviews.csv", test="reviews.csv")
        >>> print(texts.summary())
    """
    paths = dict(zip(PARTS, (unlabelled, labelled, validation, test), strict=True))
    if not any(paths.values()):
        return default_texts()
    if (validation or test) and not labelled:
        raise ValueError(
            "`labelled` is missing: validation and test texts need classes that were learnt. Name it as well."
        )
    documents = {part: _of_part(part, path, per) for part, path in paths.items() if path}
    fields, notes = {f"x_{part}": [one.text for one in found] for part, found in documents.items()}, []
    class_names = ()
    if labelled:
        class_names = class_order([one.label for one in documents["labelled"]])
        if len(class_names) < 2:
            raise ValueError(f"`labelled` ({labelled}) has one class only. Received: {class_names[0]!r}")
        for part in documents.keys() - {"unlabelled"}:
            fields[f"y_{part}"] = to_numbers([one.label for one in documents[part]], class_names, f"`{part}`")
    if "x_unlabelled" not in fields:
        fields["x_unlabelled"] = fields["x_labelled"]
        notes.append("No unlabelled texts were named: the labelled ones are used for pretraining too, without labels.")
    return TextData(**fields, class_names=class_names, notes=(*notes, *_leaks(fields)))


def _of_part(part, path, per):
    """The documents of a file that are for this part."""
    found, unlabelled = [], 0
    for document in read_documents(path, per):
        # A file without `split` is all for the part it was named for.
        if document.split not in (None, part) if part in HELD_OUT else document.split in HELD_OUT:
            continue
        if part != "unlabelled" and document.label is None:
            unlabelled += 1
            continue
        found.append(document)
    if not found:
        reason = f"; {unlabelled} documents have no label" if unlabelled else ""
        raise ValueError(f"`{part}` ({path}) holds no document for it{reason}. Check its columns `label` and `split`.")
    return found


def _leaks(fields):
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
