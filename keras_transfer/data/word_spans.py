"""Where the words of a text stand."""

import functools
import re
import unicodedata

import numpy as np

# Scripts that set no spaces between words: Thai, Lao, Burmese, Khmer, Japanese, Chinese, and their neighbours.
_UNSPACED = (
    r"\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u2e80-\u2fff\u3001-\u9fff\uf900-\ufaff\uff66-\uff9f\U00020000-\U0003ffff"
)


def word_spans(text):
    """Split a text into words, and signs that are none, and say where they stand.

    A word is a run of letters, digits and what is set above or below them; every other sign but white space stands by
    itself. In scripts without spaces between words (Chinese, Japanese, Thai) every letter stands by itself too.

    Args:
        text: A string.

    Returns:
        int32 `(words, 2)`: the first character of each, and the first after it.

    Example:
        >>> keras_transfer.data.word_spans("It's 猫.").tolist()
        [[0, 2], [2, 3], [3, 4], [5, 6], [6, 7]]
    """
    spans = [found.span() for found in _pattern().finditer(text)]
    return np.array(spans, np.int32).reshape(-1, 2)


@functools.cache
def _pattern():
    # For Python accents and vowel signs that are characters of their own are no part of words.
    marks = "".join(sign for sign in map(chr, range(0x20000)) if unicodedata.category(sign)[0] == "M")
    marks = f"{_ranges(marks)}\u200c\u200d"
    return re.compile(rf"[{_UNSPACED}][{marks}]*|[^\W{_UNSPACED}](?:[^\W{_UNSPACED}]|[{marks}])*|[^\w\s]")


def _ranges(signs):
    """Characters in order as what stands between the brackets of a regular expression."""
    found, first = [], 0
    for place in range(1, len(signs) + 1):
        if place == len(signs) or ord(signs[place]) != ord(signs[place - 1]) + 1:
            found.append(f"{re.escape(signs[first])}-{re.escape(signs[place - 1])}")
            first = place
    return "".join(found)
