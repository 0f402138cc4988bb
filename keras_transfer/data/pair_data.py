"""Images with their texts, read, checked and in one form."""

import dataclasses

import numpy as np


@dataclasses.dataclass(frozen=True)
class PairData:
    """Images and the texts that describe them, to train with and to test with, as `data.load_pairs` returns them.

    Every `x_*` is uint8 of shape `(n, height, width, channels)` with 1 or 3 channels; `texts_*` are lists of strings, and
    `rows_*`, int32, say which image each of them describes. An image has one text or several.

    Attributes:
        x_train: Images to train with.
        texts_train: Their texts.
        rows_train: The image of each text.
        x_test: Images for the final figures alone.
        texts_test: Their texts.
        rows_test: The image of each text.
        y_test: Class of each test image, int32, -1 where it has none; or None.
        class_names: Names, in the order of the class numbers.
        prompts: For each class texts that name it and that were not trained with, where the data bring such; or None.
        notes: What was decided or noticed while reading, one sentence each, to be shown to the user.
        skipped: `(path, reason)` of every file left out with `on_bad="skip"`.
    """

    x_train: np.ndarray
    texts_train: list
    rows_train: np.ndarray
    x_test: np.ndarray
    texts_test: list
    rows_test: np.ndarray
    y_test: np.ndarray | None = None
    class_names: tuple = ()
    prompts: tuple | None = None
    notes: tuple = ()
    skipped: tuple = ()

    @property
    def image_shape(self):
        """`(height, width, channels)` of every image."""
        return self.x_train.shape[1:]

    def summary(self):
        """A few lines to print: counts, shape, classes, then the notes."""
        height, width, channels = self.image_shape
        lines = [
            f"Pairs: {len(self.texts_train)} texts of {len(self.x_train)} images, {len(self.texts_test)} texts of "
            f"{len(self.x_test)} images for test; {height} x {width}, {'grey' if channels == 1 else 'RGB'}."
        ]
        if self.class_names:
            names = [*self.class_names[:10], "..."] if len(self.class_names) > 10 else self.class_names
            lines.append(f"Classes: {len(self.class_names)} ({', '.join(names)}).")
        return "\n".join([*lines, *self.notes])
