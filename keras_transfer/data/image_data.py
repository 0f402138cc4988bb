"""The images of a project, read, checked and in one form."""

import dataclasses

import numpy as np

from keras_transfer.data.image_shards import ImageShards


@dataclasses.dataclass(frozen=True)
class ImageData:
    """Images and labels by what they are for, all of one size, as `data.load_images` returns them.

    Every `x_*` is uint8 of shape `(n, height, width, channels)` with 1 or 3 channels, every `y_*` int32 of shape `(n,)` with
    numbers from 0 to `len(class_names) - 1`. What was not given is None.

    Attributes:
        x_unlabelled: Images to pretrain on; of a folder of shards, `ImageShards`.
        x_labelled: Images to fine-tune on.
        y_labelled: Their classes.
        x_validation: Images to choose by.
        y_validation: Their classes.
        x_test: Images for the final figures alone.
        y_test: Their classes.
        class_names: Names, in the order of the class numbers.
        notes: What was decided or noticed while reading, one sentence each, to be shown to the user.
        skipped: `(path, reason)` of every file left out with `on_bad="skip"`.
    """

    x_unlabelled: np.ndarray | ImageShards | None = None
    x_labelled: np.ndarray | None = None
    y_labelled: np.ndarray | None = None
    x_validation: np.ndarray | None = None
    y_validation: np.ndarray | None = None
    x_test: np.ndarray | None = None
    y_test: np.ndarray | None = None
    class_names: tuple = ()
    notes: tuple = ()
    skipped: tuple = ()

    @property
    def image_shape(self):
        """`(height, width, channels)` of every image."""
        parts = (self.x_unlabelled, self.x_labelled, self.x_validation, self.x_test)
        return next(part.shape[1:] for part in parts if part is not None)

    @property
    def classes(self):
        """How many classes there are."""
        return len(self.class_names)

    def summary(self):
        """A few lines to print: counts by part, shape, classes, then the notes."""
        counts = [
            f"{len(part)} {name}"
            for name, part in (
                ("unlabelled", self.x_unlabelled),
                ("labelled", self.x_labelled),
                ("for validation", self.x_validation),
                ("for test", self.x_test),
            )
            if part is not None
        ]
        height, width, channels = self.image_shape
        lines = [f"Images: {', '.join(counts)}; {height} x {width}, {'grey' if channels == 1 else 'RGB'}."]
        if self.class_names:
            names = [*self.class_names[:10], "..."] if self.classes > 10 else self.class_names
            lines.append(f"Classes: {self.classes} ({', '.join(names)}).")
        return "\n".join([*lines, *self.notes])
