"""The images with texts used when no others are named."""

import numpy as np

from keras_transfer.data.default_images import split_digits
from keras_transfer.data.pair_data import PairData

NAMES = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
# Three with a number's name, three with its figure.
WORDINGS = (
    "a photo of the digit {name}",
    "somebody wrote {name} here",
    "a small picture of a {name}",
    "number {figure} written by hand",
    "the figure {figure} in ink",
    "this scan shows {figure}",
)


def default_pairs():
    """scikit-learn's digits with texts made of their labels: 1258 images to train with and 539 of other writers for test.

    Of six wordings each class is trained with four, which all its images have. The two others, one with the number's name and
    one with its figure, describe its test images and are its prompts: a text encoder that learned sentences by heart, and not
    what is said of which number, knows nothing of them.
    """
    x, y, labelled, unlabelled, test = split_digits()
    train = np.sort(np.concatenate([labelled, unlabelled]))
    known = [[one for one in range(len(WORDINGS)) if one not in held_out(number)] for number in range(10)]
    texts = [text(number, one) for number in y[train] for one in known[number]]
    prompts = tuple(tuple(text(number, one) for one in held_out(number)) for number in range(10))
    return PairData(
        x_train=x[train],
        texts_train=texts,
        rows_train=np.repeat(np.arange(len(train), dtype=np.int32), len(known[0])),
        x_test=x[test],
        texts_test=[prompt for number in y[test] for prompt in prompts[number]],
        rows_test=np.repeat(np.arange(len(test), dtype=np.int32), 2),
        y_test=y[test],
        class_names=NAMES,
        prompts=prompts,
        notes=("No data was named: scikit-learn's digits are used, with texts made of their labels.",),
    )


def held_out(number):
    """Which wordings a number is never trained with: one of its name, one of its figure."""
    return number % 3, 3 + (number + 1) % 3


def text(number, wording):
    """A text that says this number in this wording."""
    return WORDINGS[wording].format(name=NAMES[number], figure=number)
