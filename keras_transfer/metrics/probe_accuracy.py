"""How well a linear classifier on the features does on samples it has not seen."""

import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedKFold
from sklearn.preprocessing import StandardScaler

from keras_transfer.metrics.labelled_rows import labelled_rows

STRENGTHS = (0.001, 0.01, 0.1, 1.0, 10.0)


def probe_accuracy(features, labels, seed=0):
    """Cross-validated accuracy of a logistic regression on standardised features, at the best of five strengths.

    Args:
        features: Shape `(samples, width)`.
        labels: Classes, of any kind, shape `(samples,)`, at least two samples of each.
        seed: Of the folds: five, or as many as the smallest class has samples.

    Returns:
        A number in 0..1, a little flattered by the choice of the strength.

    Raises:
        ValueError: if the shapes do not fit, numbers are not finite, there is one class only, or a class has one sample.

    Example:
        >>> keras_transfer.metrics.probe_accuracy(keras_transfer.transfer.features(encoder, images), labels)

    Reference: [Alain and Bengio, 2016](https://arxiv.org/abs/1610.01644)
    """
    features, numbers, _ = labelled_rows("features", features, labels)
    accuracy = best_strength(StandardScaler().fit_transform(features.astype(np.float32)), numbers, seed)[1]
    if accuracy is None:
        lone = np.unique(labels)[np.bincount(numbers).argmin()].item()
        raise ValueError(f"Cross-validation needs two samples of each class. Received: one of {lone!r}")
    return accuracy


def regression(strength, class_weight=None):
    """The logistic regression of an inverse strength of regularisation."""
    return LogisticRegression(C=strength, class_weight=class_weight, max_iter=2000)


def best_strength(x, y, seed, class_weight=None):
    """The inverse strength that cross-validates best, and its accuracy, or None where a class has a single sample."""
    smallest = np.unique(y, return_counts=True)[1].min()
    if smallest < 2:
        return 0.1, None
    folds = list(StratifiedKFold(min(5, smallest), shuffle=True, random_state=seed).split(x, y))
    accuracies = [
        np.mean(
            [
                regression(strength, class_weight).fit(x[train], y[train]).score(x[held], y[held])
                for train, held in folds
            ]
        )
        for strength in STRENGTHS
    ]
    # The first of equals: stronger regularisation.
    best = int(np.argmax(accuracies))
    return STRENGTHS[best], float(accuracies[best])
