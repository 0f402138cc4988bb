import re
import string
from collections import Counter

import numpy as np
import pytest

from keras_transfer.metrics import answer_scores


def normalize_answer(text):
    """As SQuAD's evaluate-v1.1.py does it, step by step."""
    text = text.lower()
    text = "".join(sign for sign in text if sign not in set(string.punctuation))
    text = re.sub(r"\b(a|an|the)\b", " ", text)
    return " ".join(text.split())


def f1_score(prediction, truth):
    prediction, truth = normalize_answer(prediction).split(), normalize_answer(truth).split()
    same = sum((Counter(prediction) & Counter(truth)).values())
    if same == 0:
        return 0
    precision, recall = same / len(prediction), same / len(truth)
    return 2 * precision * recall / (precision + recall)


def squad_1(wanted, given):
    f1 = exact = 0
    for truths, prediction in zip(wanted, given, strict=True):
        exact += max(normalize_answer(prediction) == normalize_answer(truth) for truth in truths)
        f1 += max(f1_score(prediction, truth) for truth in truths)
    return f1 / len(wanted), exact / len(wanted)


def test_as_squad_counts_over_many_answers():
    generator = np.random.default_rng(0)
    parts = [
        "The",
        "an",
        "cat",
        "CAT,",
        "U.S.",
        "naïve",
        "3.5%",
        "-",
        "dog's",
        "a\tb",
        "theory",
        "— dash",
        "“x”",
        "New York",
    ]

    def text():
        return " ".join(generator.choice(parts, generator.integers(1, 5))) + " word"[: 5 * generator.integers(0, 2)]

    wanted = [[text() + " end" for _ in range(generator.integers(1, 4))] for _ in range(400)]
    given = [generator.choice([text(), str(generator.choice(one))]) for one in wanted]
    found = answer_scores(wanted, given)
    f1, exact = squad_1(wanted, given)
    assert found == pytest.approx({"answer_f1": f1, "exact_match": exact}) and 0.3 < exact < 0.7 < 1.3 * f1


@pytest.mark.parametrize(
    ("right", "given", "f1", "exact"),
    [
        (["the cat!"], "Cat", 1, 1),
        (["cat sat"], "cat", 2 / 3, 0),
        (["dog", "cat sat", "cat"], "a cat", 1, 1),
        (["x x y"], "x z", 2 / 5, 0),
        ([], "", 1, 1),  # as SQuAD 2.0 counts what has no answer
        ([], "cat", 0, 0),
        (["cat"], "", 0, 0),
        (["the", "cat"], "the", 0, 0),  # as SQuAD 2.0: right answers of articles alone are none
        (["東京都"], "東京", 4 / 5, 0),
        (["「東京」。"], "東京", 1, 1),
        (["ひらがな"], "ひがし", 4 / 7, 0),
        (["2020年"], "2020 年", 1, 1),
    ],
)
def test_single_answers(right, given, f1, exact):
    assert answer_scores([right], [given]) == pytest.approx({"answer_f1": f1, "exact_match": exact})


def test_numbers_that_differ_are_named():
    with pytest.raises(ValueError, match="one answer to each question. Received: 2 to 1"):
        answer_scores([["a"]], ["a", "b"])
    with pytest.raises(ValueError, match="Received: 0 to 0"):
        answer_scores([], [])
