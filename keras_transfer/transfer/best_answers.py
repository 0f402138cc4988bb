"""From logits of beginnings and ends to answers."""

import itertools

import numpy as np

from keras_transfer.transfer.answer import Answer


def best_answers(windows, logits, no_answers=True, longest=30):
    """The likeliest answer to each question, over all windows of its context.

    The likeliest is the span with the largest sum of the logits of its first and last word. Where a question may go
    without, it has to come above the logits of the row's first token, which stand for "not here", in the window where
    these are least.

    Args:
        windows: `data.QuestionWindow` of each row, as `data.question_rows` makes them.
        logits: `(rows, tokens, 2)`, of beginnings and ends.
        no_answers: Whether a question may go without an answer.
        longest: Words of an answer, at most.

    Returns:
        An `Answer` for each question, in order.

    Raises:
        ValueError: if there is not one window a row, `longest < 1`, or a logit is not finite.

    Example:
        >>> rows, _, windows = keras_transfer.data.question_rows(tokenizer, pairs, [()] * len(pairs), 128)
        >>> logits = keras_transfer.transfer.features(model, rows).reshape(*rows.shape, 2)
        >>> keras_transfer.transfer.best_answers(windows, logits)[0].text
        'Ada Lovelace'
    """
    if len(windows) != len(logits):
        raise ValueError(f"There must be one window a row. Received: {len(windows)} for {len(logits)} rows")
    if longest < 1:
        raise ValueError(f"`longest` must be at least 1 word. Received: longest={longest}")
    if not np.isfinite(logits).all():
        raise ValueError("`logits` holds NaN or infinite ones: the model that made them has diverged.")
    found = []
    for _, rows in itertools.groupby(range(len(windows)), key=lambda row: windows[row].number):
        rows = list(rows)
        spans = [best_span(logits[row][windows[row].places], longest) for row in rows]
        best = max(range(len(rows)), key=lambda place: spans[place][2])
        first, last, score = spans[best]
        none = min(float(logits[row][0].sum()) for row in rows)
        found.append(_answer(windows[rows[best]], first, last, score, none if no_answers else None))
    return found


def best_span(logits, longest):
    """`(first, last, score)` of the likeliest span of words whose logits are `(words, 2)`; the first of equals."""
    best = (0, 0, -np.inf)
    for more in range(min(longest, len(logits))):
        sums = logits[: len(logits) - more, 0] + logits[more:, 1]
        first = int(sums.argmax())
        if sums[first] > best[2]:
            best = (first, first + more, float(sums[first]))
    return best


def _answer(window, first, last, score, none):
    if none is not None and score <= none:
        return Answer("", 0, 0, score - none)
    begin, end = int(window.spans[first, 0]), int(window.spans[last, 1])
    return Answer(window.context[begin:end], begin, end, score - (none or 0.0))
