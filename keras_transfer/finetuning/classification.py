"""One class a sample."""

import numpy as np
from sklearn.metrics import accuracy_score, confusion_matrix, f1_score

from keras_transfer.finetuning.task import Task
from keras_transfer.losses.smoothed_cross_entropy import SmoothedCrossEntropy
from keras_transfer.transfer.classifier import classifier


class Classification(Task):
    """The task of giving each sample one class: what `finetune` and `evaluation.compare` do where no task is named.

    Models are those of `transfer.classifier`, `y` holds integers of shape `(samples,)`, scores are accuracy and macro-F1.

    Args:
        classes: How many there are. None: as many as the model has outputs.

    Example:
        >>> model = keras_transfer.finetuning.Classification(10).network(encoder)
    """

    def __init__(self, classes=None):
        self.classes = classes

    def check(self, model, x, y):
        """Raise a `ValueError` if there is not one class of the model's a sample."""
        if len(x) != len(y) or y.ndim != 1:
            raise ValueError(f"`y` must hold one class a sample, shape ({len(x)},). Received: shape {y.shape}")
        classes = model.output_shape[-1]
        if self.classes not in (None, classes):
            raise ValueError(f"The model must have an output for each class. Received: {classes} for {self.classes}")
        if not np.issubdtype(y.dtype, np.integer) or y.min() < 0 or y.max() >= classes:
            raise ValueError(
                f"`y` must hold whole numbers from 0 to {classes - 1}, the model has {classes} outputs. Received: {y.dtype} "
                f"from {y.min()} to {y.max()}"
            )

    def network(self, encoder):
        """`transfer.classifier` of the encoder."""
        return classifier(encoder, self.classes)

    def loss(self, label_smoothing):
        """Cross-entropy with label smoothing."""
        return SmoothedCrossEntropy(label_smoothing)

    def metrics(self):
        """Accuracy."""
        return ["accuracy"]

    def strata(self, y):
        """The classes."""
        return y

    def scores(self, y, outputs):
        """As `evaluation.scores`."""
        y, predicted = np.asarray(y), np.asarray(outputs)
        if len(y) != len(predicted):
            raise ValueError(
                f"Received {len(y)} labels and {len(predicted)} predictions; there must be one for each sample."
            )
        if predicted.ndim == 2:
            if not np.isfinite(predicted).all():
                raise ValueError("`predicted` holds NaN or infinite logits: the model that made them has diverged.")
            predicted = predicted.argmax(axis=1)
        return {
            "accuracy": float(accuracy_score(y, predicted)),
            "macro_f1": float(f1_score(y, predicted, average="macro", zero_division=0.0)),
        }

    def judged(self, y, outputs):
        """The accuracy; 0 for a network that has diverged, whatever it would guess."""
        return (np.mean(outputs.argmax(axis=1) == y) if np.isfinite(outputs).all() else 0.0,)

    def majority(self, y, test_y):
        """The commonest class."""
        return np.full(len(test_y), np.bincount(y).argmax())

    def confusion(self, y, outputs):
        """Counts of true against predicted class."""
        return confusion_matrix(y, outputs.argmax(axis=1), labels=range(self.classes))
