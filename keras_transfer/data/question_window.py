"""A part of a text in which the answer to a question is looked for."""

import dataclasses

import numpy as np


@dataclasses.dataclass(frozen=True, eq=False)
class QuestionWindow:
    """What one row of tokens, as `data.question_rows` makes it, is about.

    Attributes:
        number: Of its question; windows of one question stand one after the other.
        question: What is asked.
        context: The whole text.
        answers: `(begin, end)` of each answer that is right, in characters of the context; none where it has none.
        spans: int32 `(words, 2)`: where the words that this row holds stand in the context.
        places: int32 `(words,)`: of each the place of its first token in the row.
    """

    number: int
    question: str
    context: str
    answers: tuple
    spans: np.ndarray
    places: np.ndarray
