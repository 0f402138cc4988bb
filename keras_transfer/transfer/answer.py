"""What a model found in a text when it was asked."""

from typing import NamedTuple


class Answer(NamedTuple):
    """An answer as it stands in a text.

    Attributes:
        text: It, white space and all; empty where the text has none.
        begin: Its first character in the text.
        end: The first one after it.
        score: How much more likely than no answer, the difference of the logits; where there has to be one, their sum.
    """

    text: str
    begin: int
    end: int
    score: float
