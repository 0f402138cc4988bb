"""One sentence, word by word."""

from typing import NamedTuple


class TaggedSentence(NamedTuple):
    """Words with what their file says of them.

    Attributes:
        words: Strings, one at least, none empty.
        tags: One a word, as written; or None.
        where: Its file, and the line it begins in, for messages.
        split: What it is for, as written ("train", "test"), or None.
    """

    words: tuple
    tags: tuple | None
    where: str
    split: str | None = None
