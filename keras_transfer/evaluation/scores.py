"""Scores of a classifier over a whole test set."""

import numpy as np

from keras_transfer.finetuning.classification import Classification


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
    return Classification().scores(labels, predicted)


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
