"""One class a token: named entities, parts of speech."""

import numpy as np
from sklearn.metrics import confusion_matrix, f1_score

from keras_transfer.finetuning.task import Task
from keras_transfer.losses.token_cross_entropy import TokenCrossEntropy
from keras_transfer.metrics.entity_f1 import are_span_tags, entity_f1
from keras_transfer.metrics.token_accuracy import TokenAccuracy
from keras_transfer.transfer.features import features
from keras_transfer.transfer.token_classifier import token_classifier


class TokenClassification(Task):
    """The task of giving each token of a row a class, and finding entities with them.

    Samples are rows of tokens `(samples, length)`, `y` holds their classes, integers of that shape, -1 where a token has none
    (padding, special tokens, all but the first token of a word), as `data.tagged_rows` makes both. Models are those of
    `transfer.token_classifier`. Where tags mark entities (`B-PER`, `I-PER`, `O`), their F1 decides (`metrics.entity_f1`); where
    they do not (`NOUN`), the accuracy, beside macro-F1.

    Args:
        tags: Names, in the order of the classes.

    Example:
        >>> task = keras_transfer.finetuning.TokenClassification(sentences.class_names)
        >>> keras_transfer.finetuning.finetune(task.network(encoder), rows, labels, task=task)
    """

    def __init__(self, tags):
        self.tags = [str(tag) for tag in tags]
        self.classes = len(self.tags)

    def check(self, model, x, y):
        """Raise a `ValueError` if there is not one class of the model's, or -1, a token."""
        expected = (len(x), *model.output_shape[1:-1])
        if len(model.output_shape) != 3 or model.output_shape[-1] != self.classes:
            raise ValueError(
                f"`model` must give {self.classes} logits a token, shape (batch, length, {self.classes}). Received: output shape "
                f"{model.output_shape}"
            )
        if y.shape != expected or not np.issubdtype(y.dtype, np.integer):
            raise ValueError(
                f"`y` must hold one class a token, integers of shape {expected}. Received: {y.dtype}, {y.shape}"
            )
        if y.min() < -1 or not 0 <= y.max() < self.classes:
            raise ValueError(
                f"`y` must hold classes from 0 to {self.classes - 1}, and -1 for tokens that have none. Received: {y.min()} to "
                f"{y.max()}"
            )

    def network(self, encoder):
        """`transfer.token_classifier` of the encoder."""
        return token_classifier(encoder, self.classes)

    def loss(self, label_smoothing):
        """Cross-entropy over the counted tokens."""
        return TokenCrossEntropy(label_smoothing)

    def metrics(self):
        """Accuracy over the counted tokens."""
        return [TokenAccuracy()]

    def strata(self, y):
        """The rarest class that each row has; a class that is the rarest of one row alone goes with the commonest."""
        counts = np.bincount(y[y >= 0], minlength=self.classes)
        rarest = y[np.arange(len(y)), np.where(y >= 0, counts[np.maximum(y, 0)], counts.sum() + 1).argmin(axis=1)]
        values, number, rows = np.unique(rarest, return_inverse=True, return_counts=True)
        return np.where(rows[number] < 2, values[rows.argmax()], rarest)

    def predict(self, model, x):
        """Logits, float32 `(samples, length, classes)`."""
        return features(model, x).reshape(*np.shape(x), self.classes)

    def scores(self, y, outputs):
        """Scores over all counted tokens: `entity_f1` and `token_accuracy`, or `token_accuracy` and `macro_f1`.

        Args:
            y: Classes `(samples, length)`.
            outputs: Logits `(samples, length, classes)`, or classes `(samples, length)`.

        Raises:
            ValueError: if shapes differ or a logit is not finite.
        """
        outputs = np.asarray(outputs)
        if outputs.ndim == 3 and not np.isfinite(outputs).all():
            raise ValueError("`outputs` holds NaN or infinite logits: the model that made them has diverged.")
        return self._scores(np.asarray(y), outputs)

    def judged(self, y, outputs):
        """The scores; where no entity is found yet, the accuracy decides."""
        return tuple(self._scores(y, outputs).values())

    def majority(self, y, test_y):
        """The commonest class for each token."""
        return np.full(test_y.shape, np.bincount(y[y >= 0]).argmax())

    def confusion(self, y, outputs):
        """Counts of true against predicted class, of counted tokens."""
        return confusion_matrix(y[y >= 0], _classes(outputs)[y >= 0], labels=range(self.classes))

    def _scores(self, y, outputs):
        predicted = _classes(outputs)
        if predicted.shape != y.shape:
            raise ValueError(f"There must be a prediction for each token. Received: {predicted.shape} for {y.shape}")
        accuracy = {"token_accuracy": float(np.mean(predicted[y >= 0] == y[y >= 0]))}
        if not are_span_tags(self.tags):
            macro = f1_score(y[y >= 0], predicted[y >= 0], average="macro", zero_division=0.0)
            return {**accuracy, "macro_f1": float(macro)}
        return {"entity_f1": entity_f1(self._named(y, y), self._named(y, predicted)), **accuracy}

    def _named(self, y, classes):
        return [[self.tags[one] for one in row[true >= 0]] for true, row in zip(y, classes, strict=True)]


def _classes(outputs):
    return outputs.argmax(axis=2) if outputs.ndim == 3 else outputs
