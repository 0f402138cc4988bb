"""What `data.shard` does with images: look at them, and write some of them."""

import functools

import numpy as np

from keras_transfer.data import counter_hash
from keras_transfer.data.class_labels import class_order
from keras_transfer.data.duplicate_images import fingerprints
from keras_transfer.data.image_sources import open_source
from keras_transfer.data.load_images import check_size
from keras_transfer.data.read_files import text
from keras_transfer.data.read_image import UnreadableImageError, read_header, read_pixels
from keras_transfer.data.write_records import write_records

_A_TASK = 256  # files that are looked at in one go


def plan_images(path, options, run):
    """Look at all images, and say which go into which shard.

    Args:
        path: Folder or CSV.
        options: `labels`, `size`, `samples`, `seed`.
        run: Function of a function and a list that maps one over the other.

    Returns:
        `(tasks, notes, bad)`: a JSON-able dict for each shard, what there is to note, and `(path, reason)` of what cannot be
        used.
    """
    source = open_source(path, "labelled" if options["labels"] else "unlabelled")
    files = source.files
    if files is None:
        raise ValueError(
            f"{path} is no folder or .csv of image files. Arrays and folders of shards need no sharding: name it in "
            "data.unlabelled as it is."
        )
    names = [str(file) for file in files.paths]
    parts = [names[i : i + _A_TASK] for i in range(0, len(names), _A_TASK)]
    looked = [one for part in run(functools.partial(look_at_images, str(files.inside or "")), parts) for one in part]
    bad = [(text(file), str(reason)) for file, reason in files.bad]
    bad += [
        (text(file), files.placed(file, one))
        for file, one in zip(files.paths, looked, strict=True)
        if isinstance(one, str)
    ]
    good = [i for i, one in enumerate(looked) if not isinstance(one, str)]
    labels = files.labels
    kept, again, clashing = _first_of_each(good, looked, labels, names)
    bad += clashing
    size = check_size(options["size"]) or _only_size(path, [tuple(looked[i][1]) for i in kept])
    channels = 1 if all(looked[i][2] for i in kept) else 3
    classes = list(class_order([labels[i] for i in kept], source.class_names)) if labels is not None else []
    numbers = {name: number for number, name in enumerate(classes)}
    # Folders come class by class: shards are drawn from all of them.
    places = counter_hash.stream(counter_hash.key(options["seed"], 4), np.arange(len(kept)))
    drawn = [kept[i] for i in np.argsort(places, kind="stable")]
    tasks = []
    for begin in range(0, len(drawn), options["samples"]):
        own = drawn[begin : begin + options["samples"]]
        task = {"files": [names[i] for i in own], "size": list(size), "channels": channels}
        tasks.append(task | ({"labels": [numbers[labels[i]] for i in own]} if classes else {}))
    return tasks, {"kind": "images", "duplicates": again, "class_names": classes}, bad


def look_at_images(inside, paths):
    """Of each image its digest, size and whether it is grey, or the reason why it cannot be used."""

    def look(path):
        try:
            header = read_header(path, inside or None)
            pixels = read_pixels(path, channels=1 if header.grey else 3)
        except UnreadableImageError as error:
            return str(error)
        return fingerprints([pixels])[0].hex(), [header.height, header.width], header.grey

    return [look(path) for path in paths]


def write_images(task, path):
    """Write the shard of one task."""
    labels = task.get("labels")

    def sample(i):
        pixels = read_pixels(task["files"][i], tuple(task["size"]), task["channels"])
        return pixels if labels is None else (pixels, np.int32(labels[i]))

    return write_records(path, map(sample, range(len(task["files"]))))


def _first_of_each(good, looked, labels, names):
    """Which images stay, how many were there before, and those whose equals have another label."""
    first, clashing, again = {}, [], 0
    for i in good:
        before = first.setdefault(looked[i][0], i)
        if before != i:
            again += 1
            if labels is not None and labels[i] != labels[before]:
                clashing.append((text(names[i]), f"is {text(names[before])} with another label, {labels[i]}"))
    return list(first.values()), again, clashing


def _only_size(path, sizes):
    if len(set(sizes)) != 1:
        shown = ", ".join(f"{height} x {width}" for height, width in sorted(set(sizes))[:5]) or "no image"
        raise ValueError(
            f"The images of {path} are of different sizes. Received: {shown}. Give `size`, to which all are cut."
        )
    return sizes[0]
