"""Labels as people write them -> class names and numbers."""

import numpy as np


def to_names(labels, name, class_names=None):
    """Labels as strings.

    Args:
        labels: `(n,)` or `(n, 1)`: whole numbers, booleans, or strings.
        name: What to call them in errors, with their file.
        class_names: If the numbers have names: those, by number.

    Returns:
        An array of strings, `(n,)`.

    Raises:
        ValueError: if they are not labels, or a number has no name.
    """
    labels = np.asarray(labels)
    if labels.ndim == 2 and labels.shape[1] == 1:
        labels = labels[:, 0]
    if labels.ndim != 1:
        hint = " One-hot rows: save array.argmax(1)." if labels.ndim == 2 else ""
        raise ValueError(f"{name} must be one label per image, of shape (n,). Received: shape {labels.shape}.{hint}")
    if labels.dtype.kind == "S":
        try:
            labels = np.char.decode(labels, "utf-8")
        except UnicodeDecodeError as error:
            raise ValueError(f"{name} must be UTF-8. Received: {error.object!r}. Save labels as strings.") from error
    if labels.dtype.kind == "U":
        empty = np.flatnonzero(np.char.strip(labels) == "")
        if len(empty):
            raise ValueError(f"{name} has an empty label. Received: the first at row {empty[0]}.")
        return np.char.strip(labels)
    if labels.dtype.kind == "f":
        whole = np.isfinite(labels) & (labels == np.rint(labels))
        if not whole.all():
            row = int(np.flatnonzero(~whole)[0])
            raise ValueError(f"{name} must be whole numbers or strings. Received: {labels[row]} at row {row}.")
    elif labels.dtype.kind not in "bui":
        raise ValueError(f"{name} must be whole numbers or strings. Received: dtype {labels.dtype}.")
    labels = labels.astype(np.int64)
    if class_names is None:
        return labels.astype(str)
    outside = np.flatnonzero((labels < 0) | (labels >= len(class_names)))
    if len(outside):
        raise ValueError(
            f"{name} has a label without a name. Received: {labels[outside[0]]} at row {outside[0]}, "
            f"but there are {len(class_names)} class names (0 to {len(class_names) - 1})."
        )
    return np.asarray(class_names)[labels]


def class_order(names, known=None):
    """The class names among `names`, in the order of `known` if given, else by number or alphabet."""
    found = sorted({str(name) for name in names})
    if known is not None and set(found) <= set(known):
        return tuple(name for name in known if name in found)
    if all(_is_number(name) for name in found):
        found.sort(key=int)
    return tuple(found)


def to_numbers(names, class_names, name):
    """Class numbers, int32; a name that the labelled part does not have is an error."""
    number = {one: i for i, one in enumerate(class_names)}
    unknown = sorted({str(one) for one in names} - set(number))
    if unknown:
        raise ValueError(
            f"{name} has classes that the labelled part never shows. Received: {_shown(unknown)}; known: {_shown(class_names)}. "
            "Label some of them, or leave them out."
        )
    return np.array([number[str(one)] for one in names], np.int32)


def _is_number(text):
    return text.removeprefix("-").isdecimal()


def _shown(names):
    return ", ".join(repr(name) for name in names[:10]) + (f" and {len(names) - 10} more" if len(names) > 10 else "")
