"""The texts of a project, read, checked and in one form."""

import dataclasses

import numpy as np


@dataclasses.dataclass(frozen=True)
class TextData:
    """Texts and labels by what they are for, as `data.load_texts`, `data.load_tagged` and `data.load_questions` return them.

    Every `x_*` is a list of strings, or, all but `x_unlabelled`, of pairs of strings; every `y_*` is int32 of shape
    `(n,)` with numbers from 0 to `len(class_names) - 1`. Of tagged sentences, `x_*` holds tuples of words, and `y_*`
    is a list of such arrays, one number a word. Of questions, `x_*` holds pairs of question and context, and `y_*` is
    a list of tuples of `(begin, end)`. What was not given is None.

    Attributes:
        x_unlabelled: Texts to pretrain on.
        x_labelled: Texts to fine-tune on.
        y_labelled: Their classes.
        x_validation: Texts to choose by.
        y_validation: Their classes.
        x_test: Texts for the final figures alone.
        y_test: Their classes.
        class_names: Names, in the order of the class numbers.
        notes: What was decided or noticed while reading, one sentence each, to be shown to the user.
        skipped: `(place, reason)` of every file and line left out with `on_bad="skip"`.
    """

    x_unlabelled: list | None = None
    x_labelled: list | None = None
    y_labelled: np.ndarray | None = None
    x_validation: list | None = None
    y_validation: np.ndarray | None = None
    x_test: list | None = None
    y_test: np.ndarray | None = None
    class_names: tuple = ()
    notes: tuple = ()
    skipped: tuple = ()

    @property
    def classes(self):
        """How many classes there are."""
        return len(self.class_names)

    def summary(self):
        """A few lines to print: counts by part, classes, then the notes."""
        parts = ("unlabelled", "labelled", "validation", "test")
        texts = {part: getattr(self, f"x_{part}") for part in parts}
        counts = [f"{len(texts[part])} {part} ({_characters(texts[part])} characters)" for part in parts if texts[part]]
        lines = [f"Texts: {', '.join(counts)}."]
        if self.class_names:
            names = [*self.class_names[:10], "..."] if self.classes > 10 else self.class_names
            lines.append(f"Classes: {self.classes} ({', '.join(names)}).")
        return "\n".join([*lines, *self.notes])


def _characters(texts):
    return sum(len(text) if isinstance(text, str) else sum(map(len, text)) for text in texts)
