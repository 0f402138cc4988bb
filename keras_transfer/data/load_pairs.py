"""Read a project's images and the texts that describe them."""

import dataclasses
from pathlib import Path

import numpy as np

from keras_transfer.data.class_labels import class_order, to_names, to_numbers
from keras_transfer.data.default_pairs import default_pairs
from keras_transfer.data.duplicate_images import count_shared, fingerprints
from keras_transfer.data.image_lists import ImageList
from keras_transfer.data.image_sources import ImageSource, array_of, read_npz
from keras_transfer.data.load_images import check_size, resize
from keras_transfer.data.pair_data import PairData
from keras_transfer.data.pixel_arrays import to_bytes
from keras_transfer.data.read_files import read_files
from keras_transfer.data.table_rows import table_rows
from keras_transfer.data.unusable import check_on_bad, left_out

SPLITS = ("train", "test")
_TEST = 0.1


def load_pairs(path=None, *, image_size=None, on_bad="error"):
    """Read images with their texts.

    `path` names one of these:

    - a `.csv` with the columns `path` (relative to the CSV) and `text`; where they exist, `label`, the class of the image, and
      `split`, `train` or `test`. An image with several texts has several rows;
    - an `.npz` with `x`, images as in `load_images`, and `texts`, strings, one an image, or any number with `rows`, the image of
      each; where they exist, `labels` and `split`, one an image.

    Without it, scikit-learn's digits are used (see `default_pairs`). Where nothing says what is for test, a tenth of the images
    is, the same at every call. Labels are for measuring alone, and may be missing for some images.

    Args:
        path: The file.
        image_size: Side in pixels, or `(height, width)`, to which all images are cut and resized; default as in `load_images`.
        on_bad: `"error"`, or `"skip"` to leave unusable image files out, which are then listed in `skipped`.

    Returns:
        `PairData`.

    Raises:
        ValueError: naming file and line; what was found, what was expected, and what to do.

    Example:
        >>> pairs = keras_transfer.data.load_pairs("captions.csv", image_size=64)
        >>> print(pairs.summary())
    """
    check_on_bad(on_bad)
    size = check_size(image_size)
    if path is None:
        pairs = default_pairs()
        if size is None:
            return pairs
        return dataclasses.replace(pairs, x_train=resize(pairs.x_train, size), x_test=resize(pairs.x_test, size))
    path = Path(path).expanduser()
    if not path.is_file():
        raise ValueError(f"{path} is no file. Relative paths are taken from the working folder, {Path.cwd()}.")
    reader = {".csv": _from_csv, ".npz": _from_npz}.get(path.suffix.lower())
    if reader is None:
        raise ValueError(f"{path} is neither a .csv nor an .npz. Received: a file ending in {path.suffix!r}.")
    table = reader(path, size, on_bad)
    return _split(table, str(path))


@dataclasses.dataclass
class _Table:
    """Images, one row each with a label and a split or None, and texts with the row of their image."""

    x: np.ndarray
    labels: list
    splits: list
    texts: list
    rows: np.ndarray
    notes: list
    skipped: list


def _from_csv(path, size, on_bad):
    name = f"`pairs` ({path})"
    about, pairs, files = {}, [], ImageList()
    for row, place in table_rows(path, ("path", "text"), ("label", "split"), name=name):
        image = path.parent / row["path"]
        said = row.get("label") or None, _split_named(row.get("split"), place)
        if image not in about:
            about[image] = said
            files.paths.append(image)
            files.where[image] = place
        elif about[image] != said:
            raise ValueError(
                f"{place}: {image} has another label or split than in {files.where[image]}. Received: {said} and {about[image]}."
            )
        pairs.append((image, row["text"]))
    if not pairs:
        raise ValueError(f"{name} names no images. Received: {path}, without rows below its header.")
    source = ImageSource(name, files=files)
    skipped = read_files({"pairs": source}, size, on_bad)
    row_of = {image: row for row, image in enumerate(files.paths)}
    kept = [(text, row_of[image]) for image, text in pairs if image in row_of]
    source.notes += left_out(skipped)
    return _Table(
        x=source.x,
        labels=[about[image][0] for image in files.paths],
        splits=[about[image][1] for image in files.paths],
        texts=[text for text, _ in kept],
        rows=np.array([row for _, row in kept], np.int32),
        notes=source.notes,
        skipped=skipped,
    )


def _from_npz(path, size, on_bad):
    del on_bad  # An array is readable or it is not.
    name = f"`pairs` ({path})"
    arrays = read_npz(path, name, lambda found: {one: array_of(found, one, name) for one in found.files})
    missing = [one for one in ("x", "texts") if one not in arrays]
    if missing:
        raise ValueError(f"{name} lacks the array `{missing[0]}`. Received arrays: {', '.join(arrays) or 'none'}.")
    x, note = to_bytes(arrays["x"], f"`x` in {name}")
    texts = to_names(arrays["texts"], f"`texts` in {name}").tolist()
    rows = np.asarray(arrays.get("rows", np.arange(len(texts))))
    for one, wanted in (("rows", len(texts)), ("labels", len(x)), ("split", len(x))):
        if one in arrays and arrays[one].shape != (wanted,):
            raise ValueError(f"`{one}` in {name} must have the shape ({wanted},). Received: {arrays[one].shape}.")
    if rows.dtype.kind not in "ui" or rows.min() < 0 or rows.max() >= len(x):
        raise ValueError(
            f"{name}: there are {len(x)} images and {len(texts)} texts; `rows` must hold the number of the image of each text, "
            f"0 to {len(x) - 1}. Received: {rows.dtype}, {rows.min()} to {rows.max()}."
        )
    nothing = [None] * len(x)
    return _Table(
        x=x if size is None else resize(x, size),
        labels=to_names(arrays["labels"], f"`labels` in {name}").tolist() if "labels" in arrays else nothing,
        splits=[_split_named(one, f"`split` in {name}") for one in arrays.get("split", nothing)],
        texts=texts,
        rows=rows.astype(np.int32),
        notes=[note] if note else [],
        skipped=[],
    )


def _split_named(split, place):
    split = None if split in (None, "") else str(split).strip().lower()
    if split not in (None, *SPLITS):
        raise ValueError(f"{place}: `split` must be one of {', '.join(SPLITS)}. Received: {split!r}")
    return split


def _split(table, path):
    """The table in its two parts."""
    notes = list(table.notes)
    described = np.isin(np.arange(len(table.x)), table.rows)
    if not described.all():
        notes.append(f"{path}: {(~described).sum()} images have no text and are left out.")
    if any(table.splits):
        test = np.array([split == "test" for split in table.splits])
    else:
        test = np.zeros(len(table.x), bool)
        test[np.random.default_rng(0).permutation(len(test))[: round(len(test) * _TEST)]] = True
        notes.append(f"{path} has no split: a tenth of its images, drawn at random, is for test.")
    train, test = ~test & described, test & described
    if min(train.sum(), test.sum()) < 2:
        raise ValueError(
            f"{path} needs two images at least to train with and two for test. Received: {train.sum()} and {test.sum()}."
        )
    shared = count_shared(fingerprints(table.x[test]), fingerprints(table.x[train]))
    if shared:
        notes.append(f"{shared} of {test.sum()} test images are among those to train with, pixel by pixel.")
    fields = {}
    for part, chosen in (("train", train), ("test", test)):
        places = np.cumsum(chosen) - 1
        kept = [(text, places[row]) for text, row in zip(table.texts, table.rows, strict=True) if chosen[row]]
        fields[f"x_{part}"] = table.x[chosen]
        fields[f"texts_{part}"] = [text for text, _ in kept]
        fields[f"rows_{part}"] = np.array([row for _, row in kept], np.int32)
    labels = [label for label, here in zip(table.labels, test, strict=True) if here]
    if any(labels):
        class_names = class_order([label for label in table.labels if label])
        fields["class_names"] = class_names
        fields["y_test"] = np.array(
            [-1 if label is None else to_numbers([label], class_names, path)[0] for label in labels], np.int32
        )
    return PairData(**fields, notes=tuple(notes), skipped=tuple(table.skipped))
