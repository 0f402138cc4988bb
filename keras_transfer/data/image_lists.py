"""Which image files a folder or a CSV names, and with which labels."""

import dataclasses
import os
from pathlib import Path

from keras_transfer.data.read_image import ENDINGS
from keras_transfer.data.table_rows import table_rows

_CLUTTER = ("thumbs.db", "desktop.ini", "__macosx")
# Files that say themselves that they are no images.
_BESIDE = (".cfg", ".csv", ".ini", ".json", ".log", ".md", ".py", ".toml", ".tsv", ".txt", ".xml", ".yaml", ".yml")


@dataclasses.dataclass
class ImageList:
    """Files with their labels, and what cannot be used.

    Attributes:
        paths: The image files.
        labels: One string per path, or None.
        inside: The folder that links must stay in, or None.
        bad: `(path, reason)` pairs; the reason continues a sentence that begins with the path.
        notes: Sentences for the user.
        where: The line of the CSV that names a path, by path.
    """

    paths: list = dataclasses.field(default_factory=list)
    labels: list | None = None
    inside: Path | None = None
    bad: list = dataclasses.field(default_factory=list)
    notes: list = dataclasses.field(default_factory=list)
    where: dict = dataclasses.field(default_factory=dict)

    def placed(self, path, reason):
        """The reason with the line that named the path, if one did."""
        return f"{reason} (named in {self.where[path]})" if path in self.where else str(reason)


def list_folder(folder, with_labels, name):
    """Images below a folder; with labels, the first level of sub-folders names the class.

    Raises:
        ValueError: if labels are wanted and there are no sub-folders, or images lie beside them, or there is no image at all.
    """
    folder = Path(folder)
    listing = ImageList(labels=[] if with_labels else None, inside=folder)
    beside, loose = [], []
    filled, classes = set(), set()
    for place, folders, files in os.walk(folder, onerror=_fail(name)):
        folders[:] = sorted(one for one in folders if not _clutter(one))
        place = Path(place)
        links = [one for one in folders if (place / one).is_symlink()]
        listing.bad += [
            (place / one, "is a link to a folder; links are not followed, copy the folder") for one in links
        ]
        parts = place.relative_to(folder).parts
        if not parts:
            classes = set(folders) - set(links)
        for file in sorted(one for one in files if not _clutter(one)):
            ending = os.path.splitext(file)[1].lower()
            if ending in _BESIDE:
                beside.append(file)
                continue
            if parts:
                filled.add(parts[0])
            if ending not in ENDINGS:
                listing.bad.append((place / file, f"has an ending that is not read (readable: {' '.join(ENDINGS)})"))
            elif with_labels and not parts:
                loose.append(place / file)
            else:
                listing.paths.append(place / file)
                if with_labels:
                    listing.labels.append(parts[0])
    if with_labels:
        _check_classes(folder, name, classes, loose)
        listing.bad += [(folder / one, "is a class folder without images") for one in sorted(classes - filled)]
    if beside:
        listing.notes.append(f"{name}: {len(beside)} files that are no images were passed over (such as {beside[0]}).")
    if not listing.paths and not listing.bad:
        raise ValueError(
            f"{name} holds no images. Received: {folder}. Readable are files ending in {' '.join(ENDINGS)}."
        )
    return listing


def list_csv(path, with_labels, name):
    """Images named by a CSV with the columns `path` and, with labels, `label`; paths are relative to the CSV.

    Raises:
        ValueError: with the line, if the table is not such a table.
    """
    path = Path(path)
    listing = ImageList(labels=[] if with_labels else None)
    lines = listing.where
    for row, line in table_rows(path, ("path", "label") if with_labels else ("path",), name=name):
        image = path.parent / row["path"]
        if image in lines:
            raise ValueError(f"{line}: {image} was named before, in {lines[image]}. Leave one of them out.")
        lines[image] = line
        listing.paths.append(image)
        if with_labels:
            listing.labels.append(row["label"])
    if not listing.paths:
        raise ValueError(f"{name} names no images. Received: {path}, without rows below its header.")
    return listing


def _check_classes(folder, name, classes, loose):
    if not classes:
        raise ValueError(
            f"{name} needs one sub-folder per class, named for the class. Received: {folder}, without sub-folders. "
            "Sort the images into folders, or name a CSV with the columns path and label."
        )
    if loose:
        raise ValueError(
            f"{name} has images beside the class folders, which have no class. Received: {len(loose)}, such as {loose[0]}. "
            "Move them into a class folder, or to another place."
        )


def _clutter(file):
    return file.startswith(".") or file.lower() in _CLUTTER


def _fail(name):
    def fail(error):
        raise ValueError(f"{name}: {error.filename} cannot be listed ({error.strerror}).") from error

    return fail
