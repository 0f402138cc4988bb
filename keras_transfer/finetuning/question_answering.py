"""Answer a question by words of a text."""

import numpy as np

from keras_transfer.finetuning.task import Task
from keras_transfer.losses.span_cross_entropy import SpanCrossEntropy
from keras_transfer.metrics.answer_scores import answer_scores
from keras_transfer.transfer.answer_questions import check_span_logits
from keras_transfer.transfer.best_answers import best_answers, best_span
from keras_transfer.transfer.features import features
from keras_transfer.transfer.token_classifier import token_classifier


class QuestionAnswering(Task):
    """The task of finding where in a text the answer to a question begins and where it ends.

    Samples are rows of tokens `(rows, length)`, `y` says where in each the answer stands, integers of that shape, as
    `data.question_rows` makes both; a test set's `y` are the rows' `data.QuestionWindow`. Models are those of
    `transfer.token_classifier` with two logits a token, of beginnings and ends. F1 over words decides, beside exact
    matches (`metrics.answer_scores`). The recipes are `gradual` and `full`.

    Args:
        no_answers: Whether there are questions that the text does not answer, as in SQuAD 2.0.
        longest: Words of an answer, at most.

    Example:
        >>> task = keras_transfer.finetuning.QuestionAnswering()
        >>> rows, labels, _ = keras_transfer.data.question_rows(tokenizer, questions.x_labelled, questions.y_labelled, 128)
        >>> model = keras_transfer.finetuning.finetune(task.network(encoder), rows, labels, task=task).model
        >>> keras_transfer.transfer.answer_questions(model, tokenizer, [("Who wrote it?", "Ada Lovelace wrote it.")])

    Reference: [Devlin et al., 2018](https://arxiv.org/abs/1810.04805), sections 4.2 and 4.3
    """

    can_probe = False

    def __init__(self, no_answers=True, longest=30):
        if longest < 1:
            raise ValueError(f"`longest` must be at least 1 word. Received: longest={longest}")
        self.no_answers, self.longest = no_answers, longest

    def check(self, model, x, y):
        """Raise a `ValueError` if these are not rows with one answer each, or the model gives other outputs."""
        check_span_logits(model)
        expected = (len(x), *model.output_shape[1:-1])
        if y.shape != expected or not np.issubdtype(y.dtype, np.integer):
            raise ValueError(
                f"`y` must hold one number a token, integers of shape {expected}. Received: {y.dtype}, {y.shape}"
            )
        ends = np.stack([(y >= 0) & (y % 2 == 1), y >= 2]).sum(axis=2)
        if y.min() < -1 or y.max() > 3 or (ends != 1).any():
            raise ValueError(
                "`y` must hold -1, 0, 1 at the first token of an answer and 2 at its last (3 at both), once a row, as "
                "data.question_rows makes it."
            )

    def network(self, encoder):
        """`transfer.token_classifier` of the encoder, with two logits a token."""
        return token_classifier(encoder, 2, name="span_classifier")

    def loss(self, label_smoothing):
        """Cross-entropy of the first and of the last token."""
        return SpanCrossEntropy(label_smoothing)

    def together(self, x, y):
        """Numbers `(rows,)`: windows of one question, and the same question elsewhere, are not split."""
        asked = [row[: np.flatnonzero(label[1:] >= 0)[0] + 1].tobytes() for row, label in zip(x, y, strict=True)]
        return np.unique(np.array(asked, object), return_inverse=True)[1]

    def predict(self, model, x):
        """Logits, float32 `(rows, length, 2)`."""
        return features(model, x).reshape(*np.shape(x), 2)

    def scores(self, y, outputs):
        """`metrics.answer_scores` over all questions: `answer_f1` and `exact_match`.

        Args:
            y: `data.QuestionWindow` of each row.
            outputs: Logits `(rows, length, 2)`, or for each question the text of an answer.

        Raises:
            ValueError: if a logit is not finite.
        """
        questions = _questions(y)
        if getattr(outputs, "ndim", 1) == 3:
            outputs = [one.text for one in best_answers(y, outputs, self.no_answers, self.longest)]
        right = [[one.context[begin:end] for begin, end in one.answers] for one in questions]
        return answer_scores(right, outputs)

    def judged(self, y, outputs):
        """F1 over the words of each row's span; where that is equal, the loss, the lower the better.

        Args:
            y: Integers `(rows, length)`.
            outputs: Logits `(rows, length, 2)`.
        """
        if not np.isfinite(outputs).all():
            return -np.inf, -np.inf
        found = [self._overlap(label, logits) for label, logits in zip(y, outputs, strict=True)]
        counted = [one for one in found if one is not None]
        return float(np.mean(counted or [0.0])), -float(SpanCrossEntropy()(y, outputs))

    def majority(self, y, test_y):
        """No answer to any question; None where all have one."""
        questions = _questions(test_y)
        return [""] * len(questions) if any(not one.answers for one in questions) else None

    def _overlap(self, label, logits):
        """F1 over the words of a row; None where the answer has to be in another row."""
        words = np.flatnonzero(label >= 0)[1:]
        first, last = np.flatnonzero((label == 1) | (label == 3))[0], np.flatnonzero(label >= 2)[0]
        if first == 0 and not self.no_answers:
            return None
        begin, end, score = best_span(logits[words], self.longest)
        if self.no_answers and score <= logits[0].sum():
            return float(first == 0)
        if first == 0:
            return 0.0
        same = np.isin(words[begin : end + 1], words[(words >= first) & (words <= last)]).sum()
        return 2 * same / (end + 1 - begin + ((words >= first) & (words <= last)).sum())


def _questions(windows):
    """The first window of each question."""
    found = {}
    for window in windows:
        found.setdefault(window.number, window)
    return list(found.values())
