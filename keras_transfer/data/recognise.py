"""What kind of data lies at a path, and which parts of it."""

import csv
import os
import zipfile
from pathlib import Path

from keras_transfer.data.image_shards import is_shard_folder
from keras_transfer.data.read_documents import kind_of
from keras_transfer.data.read_image import ENDINGS
from keras_transfer.data.read_questions import holds_questions
from keras_transfer.data.read_tagged import ending_of, is_tagged

_PART_FOLDERS = {
    "unlabelled": "unlabelled",
    "labelled": "labelled",
    "train": "labelled",
    "validation": "validation",
    "val": "validation",
    "test": "test",
}
_PARTS = ("unlabelled", "labelled", "validation", "test")


def recognise_kind(path):
    """`"images"`, `"texts"`, `"tagged"`, `"questions"` or `"table"`: what the library would read a file or folder as.

    Shards are looked into as images.

    Raises:
        FileNotFoundError: if there is nothing there.
        ValueError: if it is none of them.
    """
    path = Path(path)
    if not path.exists():
        raise FileNotFoundError(f"There is no file or folder at {path}")
    if path.is_dir():
        return "images" if is_shard_folder(path) else _kind_of_folder(path)
    if path.suffix.lower() == ".npz":
        return "images"
    if path.suffix.lower() == ".csv":
        columns = _columns(path)
        return "texts" if "text" in columns else "images" if "path" in columns else "table"
    if is_tagged(path) and ending_of(path) != ".tsv":  # most of those are tables
        return "tagged"
    if holds_questions(path):
        return "questions"
    if kind_of(path) is not None:
        return "texts"
    raise ValueError(
        f"{path} is neither a folder nor a file of images, texts or a table. Received: a file ending in "
        f"{path.suffix or 'nothing'!r}. Expected: .npz, .csv, .txt, .jsonl, .json, .conll or a folder."
    )


def recognise_image_parts(path):
    """A path by the part that its images are for, from what it is made of.

    A folder with the sub-folders `train` (or `labelled`), `unlabelled`, `validation` (or `val`) and `test`, or some of them, has
    those parts. Another folder is labelled if all its images lie in sub-folders. A CSV is labelled if it has the column `label`;
    an `.npz` has the parts it has arrays for.
    """
    path = Path(path)
    if path.is_dir():
        return _parts_of_folder(path)
    if path.suffix.lower() == ".npz":
        return {part: path for part in _PARTS if part in _array_parts(path)} or {"unlabelled": path}
    return {"labelled" if "label" in _columns(path) else "unlabelled": path}


def _kind_of_folder(folder):
    images = texts = others = 0
    for _, _, files in os.walk(folder):
        for file in files:
            ending = os.path.splitext(file)[1].lower()
            if ending in ENDINGS:
                images += 1
            elif kind_of(Path(file)) is not None:
                texts += 1
            else:
                others += 1
    if not images and not texts:
        raise ValueError(f"The folder {folder} holds neither images nor texts. Received: {others} other files.")
    return "images" if images >= texts else "texts"


def _parts_of_folder(folder):
    below = sorted(one.name for one in folder.iterdir() if one.is_dir() and not one.name.startswith("."))
    if below and all(name.lower() in _PART_FOLDERS for name in below):
        parts = {}
        for name in below:
            part = _PART_FOLDERS[name.lower()]
            if part == "labelled" and not any(one.is_dir() for one in (folder / name).iterdir()):
                part = "unlabelled"
            if part in parts:
                raise ValueError(f"{folder} has two folders for one part: {parts[part].name} and {name}.")
            parts[part] = folder / name
        return {part: parts[part] for part in _PARTS if part in parts}
    loose = any(one.suffix.lower() in ENDINGS for one in folder.iterdir() if one.is_file())
    return {"labelled" if below and not loose else "unlabelled": folder}


def _columns(path):
    try:
        with open(path, encoding="utf-8-sig", newline="") as file:
            return [name.strip().lower() for name in next(csv.reader(file), [])]
    except UnicodeDecodeError as error:
        raise ValueError(
            f"{path} is not UTF-8 text ({error.reason} at byte {error.start}). Save it as UTF-8."
        ) from error
    except csv.Error as error:
        raise ValueError(f"{path}:1 is not valid CSV ({error}).") from error


def _array_parts(path):
    try:
        with zipfile.ZipFile(path) as archive:
            names = {name.removesuffix(".npy") for name in archive.namelist()}
    except (OSError, zipfile.BadZipFile) as error:
        raise ValueError(f"{path} cannot be read as an .npz ({error}).") from error
    return {part for part in _PARTS if f"x_{part}" in names}
