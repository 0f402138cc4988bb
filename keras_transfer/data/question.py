"""A question about a text."""

from typing import NamedTuple


class Question(NamedTuple):
    """A question with what its file says of it.

    Attributes:
        question: What is asked.
        context: The text that answers it, or does not, as it stands in the file, white space and all.
        answers: `(begin, end)` of each answer that counts as right, in characters of the context; empty where it has
            none.
        where: Its file, and its line or place in it, for messages.
        split: What it is for, as written ("train", "test"), or None.
        name: Its `id`, or None.
    """

    question: str
    context: str
    answers: tuple
    where: str
    split: str | None = None
    name: str | None = None
