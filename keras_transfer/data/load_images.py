"""Read a project's images, whatever they are kept in."""

import numpy as np
from PIL import Image

from keras_transfer.data.class_labels import class_order, to_numbers
from keras_transfer.data.default_images import default_images
from keras_transfer.data.duplicate_images import count_shared, fingerprints
from keras_transfer.data.image_data import ImageData
from keras_transfer.data.image_shards import ImageShards
from keras_transfer.data.image_sources import PARTS, open_source
from keras_transfer.data.read_files import read_files
from keras_transfer.data.read_image import fit
from keras_transfer.data.unusable import check_on_bad, left_out


def load_images(unlabelled=None, labelled=None, validation=None, test=None, *, image_size=None, on_bad="error"):
    """Read images to pretrain on, to fine-tune on, to choose by and to test on.

    Each of the four is a path to one of these:

    - a folder of images; for labelled parts with one sub-folder per class, named for it;
    - a `.csv` with the columns `path` (relative to the CSV) and, for labelled parts, `label`;
    - an `.npz` with `x_unlabelled`, `x_labelled`, `y_labelled`, `x_validation`, `y_validation`, `x_test`, `y_test`, of which each
      part takes its own, so the same file may be named for all (one without `x_validation` gives no validation set). Images are
      `(n, height, width)` or `(n, height, width, 1 or 3)`, uint8 or floats, 0 to 255 or 0 to 1; labels are whole numbers of any
      value, or strings. An array of strings `class_names` gives numbers 0, 1, 2 ... their names;
    - for the unlabelled images also a folder that `keras-transfer shard` has written, which is read while training.

    With none of the four, scikit-learn's digits are used (see `default_images`). With labelled but no unlabelled images, the
    labelled ones serve for both.

    Every file is opened and decoded before this returns, and all that cannot be used are named at once.

    Args:
        unlabelled: Images to pretrain on; labels are passed over.
        labelled: Images to fine-tune on.
        validation: Images to choose by.
        test: Images for the final figures.
        image_size: Side in pixels, or `(height, width)`, to which all images are cut and resized. Default: that of the arrays;
            among files the size that most have, if that is more than half and at most 224 a side, else a square of the
            median shorter side, at most 224.
        on_bad: `"error"`, or `"skip"` to leave unusable files out, which are then listed in `skipped` and counted in `notes`.

    Returns:
        `ImageData`.

    Raises:
        ValueError: naming argument, file and, for tables, the line; what was found, what was expected, and what to do.

    Example:
        >>> images = keras_transfer.data.load_images("photos/all", "photos/sorted", test="photos/test")
        >>> print(images.summary())
    """
    check_on_bad(on_bad)
    image_size = check_size(image_size)
    paths = dict(zip(PARTS, (unlabelled, labelled, validation, test), strict=True))
    if not any(paths.values()):
        return _resized_default(image_size)
    if (validation or test) and not labelled:
        raise ValueError(
            "`labelled` is missing: validation and test images need classes that were learnt. Name it as well."
        )
    sources = {part: open_source(path, part) for part, path in paths.items() if path}
    notes = [f"`validation` ({validation}) holds no x_validation: there is no validation set."]
    notes = notes if "validation" in sources and sources["validation"] is None else []
    sources = {part: source for part, source in sources.items() if source is not None}
    skipped = read_files(sources, image_size, on_bad)
    x = _one_form(sources, image_size, notes)
    notes = [note for source in sources.values() for note in source.notes] + notes
    notes += left_out(skipped)
    labels, class_names = _number_labels(sources)
    notes += _missing_classes(sources, labels, class_names) + _leaks(x)
    if "unlabelled" not in x:
        x["unlabelled"] = x["labelled"]
        notes.append("No unlabelled images were named: the labelled ones are used for pretraining too, without labels.")
    arrays = {f"x_{part}": array for part, array in x.items()} | {f"y_{part}": array for part, array in labels.items()}
    return ImageData(**arrays, class_names=class_names, notes=tuple(notes), skipped=tuple(skipped))


def check_size(image_size):
    """`(height, width)` of what the user gave as a size, or None."""
    if image_size is None:
        return None
    size = (image_size, image_size) if isinstance(image_size, int) else tuple(image_size)
    if len(size) != 2 or not all(isinstance(side, int) and side > 0 for side in size):
        raise ValueError(
            f"`image_size` must be a side or (height, width) in pixels. Received: image_size={image_size!r}"
        )
    return size


def _resized_default(image_size):
    images = default_images()
    if image_size is None:
        return images
    fields = {name: getattr(images, name) for name in ("y_labelled", "y_test", "class_names", "notes")}
    return ImageData(
        **fields,
        **{name: resize(getattr(images, name), image_size) for name in ("x_unlabelled", "x_labelled", "x_test")},
    )


def _one_form(sources, image_size, notes):
    """All arrays with one size and one number of channels."""
    sizes = {source.name: source.x.shape[1:3] for source in sources.values()}
    if image_size is None and len(set(sizes.values())) > 1:
        received = ", ".join(f"{name}: {height} x {width}" for name, (height, width) in sizes.items())
        raise ValueError(
            f"The parts have images of different sizes. Received: {received}. Give `image_size` to resize them."
        )
    colour = any(source.x.shape[-1] == 3 for source in sources.values())
    x = {}
    for part, source in sources.items():
        x[part] = source.x if image_size is None else resize(source.x, image_size)
        if colour and source.x.shape[-1] == 1:
            x[part] = x[part].in_colour() if isinstance(x[part], ImageShards) else np.repeat(x[part], 3, -1)
            notes.append(f"{source.name}: grey images were given three equal channels, as others are in colour.")
    return x


def resize(x, size):
    """An array of images, cut and resized to `(height, width)`."""
    if x.shape[1:3] == size:
        return x
    if isinstance(x, ImageShards):
        height, width = x.shape[1:3]
        raise ValueError(
            f"{x.name} holds shards of {height} x {width} pixels, which are read as they are. Received: image_size={size}. Leave "
            "`image_size` out, or write the shards again in that size: `keras-transfer shard --size`."
        )
    return np.stack([fit(Image.fromarray(image[..., 0] if image.shape[-1] == 1 else image), size) for image in x])


def _number_labels(sources):
    """Class numbers by part, and the class names, both after the labelled part."""
    if "labelled" not in sources:
        return {}, ()
    labelled = sources["labelled"]
    class_names = class_order(labelled.labels, labelled.class_names)
    if len(class_names) < 2:
        raise ValueError(
            f"{labelled.name} has one class only. Received: {class_names[0]!r}. A classifier needs two or more."
        )
    numbers = {
        part: to_numbers(source.labels, class_names, source.name)
        for part, source in sources.items()
        if source.labels is not None
    }
    return numbers, class_names


def _missing_classes(sources, labels, class_names):
    notes = []
    for part in ("validation", "test"):
        if part in labels:
            absent = [name for number, name in enumerate(class_names) if number not in labels[part]]
            if absent:
                notes.append(f"{sources[part].name} has no image of {len(absent)} classes, such as {absent[0]!r}.")
    return notes


def _leaks(x):
    """Notes on test images that are in another part too, for such figures flatter."""
    marks = {part: fingerprints(array) for part, array in x.items() if not isinstance(array, ImageShards)}
    notes = []
    for held_out in ("validation", "test"):
        for part in ("unlabelled", "labelled", "validation"):
            if held_out in marks and part in marks and part != held_out:
                shared = count_shared(marks[held_out], marks[part])
                if shared:
                    notes.append(
                        f"{shared} of {len(marks[held_out])} {held_out} images are among the {part} ones, pixel by pixel."
                    )
    return notes
