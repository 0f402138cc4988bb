import numpy as np
import pytest

from keras_transfer.data import TextTokenizer, question_rows
from keras_transfer.transfer import best_answers
from keras_transfer.transfer.best_answers import best_span

CONTEXT = "  Ada Lovelace,\tÉva and 東京 wrote; later on more was written of it than anybody knows by now. "


def case(length=30):
    pairs = [("Who?", CONTEXT), ("Why?", "So it is."), ("When?", CONTEXT)]
    rows, _, windows = question_rows(TextTokenizer("bytes"), pairs, [()] * 3, length, stride=10)
    return windows, np.random.default_rng(0).normal(size=(*rows.shape, 2)).astype("float32")


def slow(windows, logits, no_answers, longest):
    """Every span of every window, one after the other."""
    best, none = {}, {}
    for window, row in zip(windows, logits, strict=True):
        null = float(row[0, 0] + row[0, 1])
        none[window.number] = min(null, none.get(window.number, np.inf))
        for i, first in enumerate(window.places):
            for j, last in enumerate(window.places):
                if i <= j < i + longest:
                    score = float(row[first, 0] + row[last, 1])
                    if score > best.get(window.number, (-np.inf,))[0]:
                        best[window.number] = score, window.spans[i, 0], window.spans[j, 1], window.context
    texts = []
    for number, (score, begin, end, context) in best.items():
        texts.append("" if no_answers and score <= none[number] else context[begin:end])
    return texts


@pytest.mark.parametrize("no_answers", [False, True])
@pytest.mark.parametrize("longest", [1, 3, 30])
def test_as_a_search_through_all_spans(no_answers, longest):
    windows, logits = case()
    logits[:, 0] += np.random.default_rng(longest).normal(0.5, 1.5, (len(windows), 2))
    found = best_answers(windows, logits, no_answers, longest)
    assert len(windows) > 6 and [one.text for one in found] == slow(windows, logits, no_answers, longest)
    for one, context in zip(found, (CONTEXT, "So it is.", CONTEXT), strict=True):
        assert one.text == context[one.begin : one.end]
        if no_answers:
            assert (one.score > 0) == bool(one.text)


def test_neither_padding_nor_question_is_an_answer():
    windows, logits = case(64)
    for window, row in zip(windows, logits, strict=True):
        others = np.setdiff1d(np.arange(1, 64), window.places)
        row[others] = 1e6
    assert [one.text for one in best_answers(windows, logits, False, 5)] == slow(windows, logits, False, 5)


def test_a_span_does_not_end_before_it_begins():
    logits = np.array([[0, 9], [5, 0], [9, 0]], "float32")
    assert best_span(logits, 3) == (0, 0, 9.0) and best_span(logits[:, ::-1], 2) == (0, 1, 14.0)


def test_what_does_not_fit_is_named():
    windows, logits = case()
    with pytest.raises(ValueError, match="one window a row"):
        best_answers(windows[1:], logits)
    with pytest.raises(ValueError, match="`longest` must be at least 1 word"):
        best_answers(windows, logits, longest=0)
    with pytest.raises(ValueError, match="NaN or infinite"):
        best_answers(windows, np.where(logits > 1, np.nan, logits))
