"""The images used when no others are named."""

import numpy as np

from keras_transfer.data.image_data import ImageData

LABELS_PER_CLASS = 5
_TEST = 0.3


def default_images():
    """scikit-learn's digits (1797 of 8 x 8, UCI's optdigits), as somebody has them who could label only a few.

    Of each class, in the order of the file, the last 30 % are for test, the first 5 are labelled, and the others are
    unlabelled: 1208, 50 and 539 images, no image in two parts. The file goes writer by writer, so the test is mostly of
    people whose hand was not seen before; a random split would put each writer on both sides and read higher.
    """
    x, y, labelled, unlabelled, test = split_digits()
    return ImageData(
        x_unlabelled=x[unlabelled],
        x_labelled=x[labelled],
        y_labelled=y[labelled],
        x_test=x[test],
        y_test=y[test],
        class_names=tuple("0123456789"),
        notes=("No data was named: scikit-learn's digits are used, with 5 labels a class.",),
    )


def split_digits():
    """All digits, uint8 `(1797, 8, 8, 1)`, their numbers, and the rows that are labelled, unlabelled and for test."""
    from sklearn.datasets import load_digits

    digits = load_digits()
    x = np.rint(digits.images * (255 / 16)).astype(np.uint8)[..., None]
    y = digits.target.astype(np.int32)
    labelled, unlabelled, test = [], [], []
    for number in range(10):
        rows = np.flatnonzero(y == number)
        cut = len(rows) - round(len(rows) * _TEST)
        labelled.append(rows[:LABELS_PER_CLASS])
        unlabelled.append(rows[LABELS_PER_CLASS:cut])
        test.append(rows[cut:])
    return x, y, *(np.sort(np.concatenate(part)) for part in (labelled, unlabelled, test))
