"""How near given answers come to those that are right."""

import collections
import re
import string
import unicodedata

import numpy as np

from keras_transfer.metrics.text_scores import SINGLE

_ARTICLE = re.compile(r"\b(a|an|the)\b")
_PUNCTUATION = str.maketrans("", "", string.punctuation)
_UNSPACED = re.compile(f"[{SINGLE}]")


def answer_scores(wanted, given):
    """F1 over words and exact match, as SQuAD's own script counts them: the best over all answers that are right.

    Case, punctuation, articles and white space are passed over. An empty answer says that there is none; to a question
    without a right answer it is the only right one. In texts with Chinese or Japanese signs each of these is a word,
    and their punctuation is passed over too.

    Args:
        wanted: For each question the answers that are right, a list of strings, empty where there is none.
        given: For each the answer that was given, a string.

    Returns:
        `{"answer_f1": float, "exact_match": float}`, each in 0..1.

    Raises:
        ValueError: if there are no questions, or not as many answers.

    Example:
        >>> keras_transfer.metrics.answer_scores([["the Eiffel Tower", "Eiffel's"]], ["Eiffel tower, Paris"])
        {'answer_f1': 0.8, 'exact_match': 0.0}

    Reference: [Rajpurkar et al., 2016](https://arxiv.org/abs/1606.05250), section 6.1,
    [2018](https://arxiv.org/abs/1806.03822)
    """
    wanted, given = list(wanted), list(given)
    if not wanted or len(wanted) != len(given):
        raise ValueError(f"There must be one answer to each question. Received: {len(given)} to {len(wanted)}")
    found = np.array([_best(right, answer) for right, answer in zip(wanted, given, strict=True)])
    f1, exact = found.mean(axis=0).tolist()
    return {"answer_f1": f1, "exact_match": exact}


def _best(right, answer):
    words = [found for found in map(_words, right) if found] or [[]]
    given = _words(answer)
    return max(_f1(one, given) for one in words), max(float(one == given) for one in words)


def _f1(wanted, given):
    if not wanted or not given:
        return float(wanted == given)
    same = sum((collections.Counter(wanted) & collections.Counter(given)).values())
    return 2 * same / (len(wanted) + len(given))


def _words(text):
    text = text.lower().translate(_PUNCTUATION)
    if _UNSPACED.search(text):
        text = "".join(" " if unicodedata.category(sign)[0] == "P" else sign for sign in text)
        text = _UNSPACED.sub(r" \g<0> ", text)
    return _ARTICLE.sub(" ", text).split()
