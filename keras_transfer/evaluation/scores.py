"""Scores of a classifier over a whole test set."""

import numpy as np
from sklearn.metrics import accuracy_score, f1_score


def scores(labels, predicted):
    """Accuracy and macro-F1 over the whole set, not averaged over batches.

    Args:
        labels: True classes, integers of shape `(samples,)`.
        predicted: Predicted classes of that shape, or logits or probabilities of shape `(samples, classes)`.

    Returns:
        `{"accuracy": float, "macro_f1": float}`, each in 0..1. A class that is never predicted counts as F1 of 0.

    Raises:
        ValueError: if the numbers of samples differ or a logit is not finite.

    Example:
        >>> keras_transfer.evaluation.scores([0, 1, 1], [0, 1, 0])["accuracy"]
        0.6666666666666666
    """
    labels, predicted = np.asarray(labels), np.asarray(predicted)
    if len(labels) != len(predicted):
        raise ValueError(
            f"Received {len(labels)} labels and {len(predicted)} predictions; there must be one for each sample."
        )
    if predicted.ndim == 2:
        if not np.isfinite(predicted).all():
            raise ValueError("`predicted` holds NaN or infinite logits: the model that made them has diverged.")
        predicted = predicted.argmax(axis=1)
    return {
        "accuracy": float(accuracy_score(labels, predicted)),
        "macro_f1": float(f1_score(labels, predicted, average="macro", zero_division=0.0)),
    }


def summary(runs):
    """Mean and spread of several runs' scores.

    Args:
        runs: List of what `scores` returned, one a seed.

    Returns:
        For each score `{"mean": float, "std": float, "seeds": [float, ...]}`. The spread is the sample standard deviation
        (n - 1), 0 for one run.
    """
    result = {}
    for name in runs[0]:
        values = [run[name] for run in runs]
        std = float(np.std(values, ddof=1)) if len(values) > 1 else 0.0
        result[name] = {"mean": float(np.mean(values)), "std": std, "seeds": values}
    return result
