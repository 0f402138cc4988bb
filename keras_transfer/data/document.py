"""One text of a corpus."""

from typing import NamedTuple


class Document(NamedTuple):
    """A text with what its file says of it.

    Attributes:
        text: The text, not empty.
        where: Its file, and the line where that has several documents, for messages.
        label: Its class as written, or None.
        split: What it is for, as written ("train", "test"), or None.
        text_2: The second text of a pair, or None.
    """

    text: str
    where: str
    label: str | None = None
    split: str | None = None
    text_2: str | None = None
