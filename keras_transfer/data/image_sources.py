"""One part of the data (unlabelled, labelled, validation, test) from whatever names it."""

import dataclasses
import os
import zipfile
import zlib
from pathlib import Path

import numpy as np

from keras_transfer.data.check_array import check_array
from keras_transfer.data.class_labels import to_names
from keras_transfer.data.image_lists import ImageList, list_csv, list_folder
from keras_transfer.data.image_shards import ImageShards, is_shard_folder
from keras_transfer.data.pixel_arrays import to_bytes

PARTS = ("unlabelled", "labelled", "validation", "test")


@dataclasses.dataclass
class ImageSource:
    """Arrays, shards or a list of files.

    Attributes:
        name: What to call it in messages: the part and the path.
        x: uint8 `(n, height, width, channels)`, or `ImageShards`, or None while the images are files.
        labels: Strings, one per image, or None.
        files: An `ImageList`, or None.
        class_names: The order of the classes, where the source states one.
        notes: Sentences for the user.
    """

    name: str
    x: np.ndarray | None = None
    labels: np.ndarray | list | None = None
    files: ImageList | None = None
    class_names: tuple | None = None
    notes: list = dataclasses.field(default_factory=list)


def open_source(path, part):
    """Recognise a folder, CSV, .npz or folder of shards and read what belongs to `part`; files are listed, not yet read.

    Returns:
        An `ImageSource`, or None if an .npz was named for validation and holds none.

    Raises:
        ValueError: naming the part, the path and what is wrong with it.
    """
    path = Path(path).expanduser()
    name = f"`{part}` ({path})"
    with_labels = part != "unlabelled"
    if not os.path.lexists(path):
        raise ValueError(
            f"{name} does not exist. Relative paths are taken from the working folder, {Path.cwd()}. "
            "Expected: a folder of images, a .csv or an .npz."
        )
    ending = path.suffix.lower()
    if path.is_dir() and is_shard_folder(path):
        return _from_shards(path, part, name)
    if path.is_dir():
        files = list_folder(path, with_labels, name)
    elif ending == ".csv":
        files = list_csv(path, with_labels, name)
    elif ending == ".npz":
        return read_npz(path, name, lambda arrays: _from_arrays(arrays, part, name))
    else:
        raise ValueError(
            f"{name} is neither a folder nor a .csv nor an .npz. Received: a file ending in {ending or 'nothing'!r}."
        )
    return ImageSource(name, labels=files.labels, files=files, notes=files.notes)


def _from_shards(path, part, name):
    if part != "unlabelled":
        raise ValueError(
            f"{name} is a folder of shards, which are for pretraining: they serve as `unlabelled` alone. Name the folder, .csv "
            "or .npz that they were written from."
        )
    images = ImageShards(path, name)
    note = "are read from shards while training. Whether test images are among them says `keras-transfer audit`."
    return ImageSource(name, x=images, notes=[f"{name}: {len(images)} images {note}"])


def read_npz(path, name, use):
    """What `use(arrays)` makes of an archive; inside it, `array_of` reads one array.

    Raises:
        ValueError: with `name`, if the file is no archive.
    """
    try:
        file = open(path, "rb")  # noqa: SIM115, the caller's errors are not this one's
    except OSError as error:
        raise ValueError(f"{name} cannot be opened ({error.strerror}).") from error
    with file:
        try:
            arrays = np.load(file, allow_pickle=False)
            if not isinstance(arrays, np.lib.npyio.NpzFile):
                raise ValueError("it holds a single array without a name")
        except (EOFError, ValueError, zipfile.BadZipFile) as error:
            # Of a file that is no archive NumPy says it was a pickle.
            reason = "it is no archive of arrays" if "pickle" in str(error) else error
            raise ValueError(
                f"{name} cannot be read as an .npz: {reason}. Save it with numpy.savez_compressed."
            ) from error
        with arrays:
            return use(arrays)


def _from_arrays(arrays, part, name):
    x_name, y_name = f"x_{part}", f"y_{part}"
    if part == "validation" and x_name not in arrays:
        return None
    needed = (x_name,) if part == "unlabelled" else (x_name, y_name)
    missing = [one for one in needed if one not in arrays]
    if missing:
        raise ValueError(
            f"{name} lacks the array `{missing[0]}`. Received arrays: {', '.join(arrays.files) or 'none'}."
        )
    x, note = to_bytes(array_of(arrays, x_name, name), f"`{x_name}` in {name}")
    source = ImageSource(name, x=x, notes=[note] if note else [])
    if part != "unlabelled":
        source.class_names = _class_names(arrays, name)
        source.labels = to_names(array_of(arrays, y_name, name), f"`{y_name}` in {name}", source.class_names)
        if len(source.labels) != len(x):
            raise ValueError(
                f"{name}: `{x_name}` and `{y_name}` must have the same length. Received: {len(x)} and {len(source.labels)}."
            )
    return source


def _class_names(arrays, name):
    for key in ("class_names", "classes"):
        if key in arrays:
            names = array_of(arrays, key, name)
            if names.ndim == 1 and names.dtype.kind in "US":
                return tuple(to_names(names, f"`{key}` in {name}").tolist())
    return None


def array_of(arrays, key, name):
    """One array of an archive, or which one cannot be read."""
    try:
        check_array(arrays.zip, key)
        return arrays[key]
    except ValueError as error:
        raise ValueError(
            f"{name}: `{key}` cannot be read: {error}. Arrays of Python objects are pickles, which are never opened; "
            "save numbers, and labels as whole numbers or strings (dtype '<U20')."
        ) from error
    except (OSError, EOFError, KeyError, TypeError, zipfile.BadZipFile, zlib.error) as error:
        raise ValueError(
            f"{name} cannot be read as an .npz: `{key}` is damaged ({error}). Copy or save it again."
        ) from error
