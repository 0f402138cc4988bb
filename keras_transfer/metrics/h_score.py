"""How much of the features' spread lies between classes."""

import numpy as np
from sklearn.covariance import ledoit_wolf

from keras_transfer.metrics.labelled_rows import labelled_rows


def h_score(features, labels, shrinkage=None):
    """The H-score: trace of inverse(covariance of features) times covariance of their class means.

    With few samples the covariance of many features cannot be inverted or means nothing. It is shrunk towards
    a multiple of the identity, `(1 - s) C + s (trace C / width) I`, and the other covariance by `1 - s`, as
    Ibrahim et al. do.

    Args:
        features: Shape `(samples, width)`.
        labels: Classes, of any kind, shape `(samples,)`.
        shrinkage: s, from 0 (Bao et al.'s own, with a pseudo-inverse) to below 1. None: Ledoit and Wolf's optimum.

    Returns:
        A number from 0 to classes - 1; higher is better.

    Raises:
        ValueError: if the shapes do not fit, numbers are not finite, there is one class only, or `shrinkage` is out of range.

    Example:
        >>> keras_transfer.metrics.h_score([[0.0], [1.0]], ["a", "b"], shrinkage=0)
        1.0

    Reference: [Bao et al., 2019](https://arxiv.org/abs/2212.10082); [Ibrahim et al., 2021](https://arxiv.org/abs/2110.06893)
    """
    features, numbers, classes = labelled_rows("features", features, labels)
    if shrinkage is not None and not 0 <= shrinkage < 1:
        raise ValueError(f"`shrinkage` must be from 0 to below 1. Received: shrinkage={shrinkage}")
    centred = features - features.mean(axis=0)
    samples, width = centred.shape
    if shrinkage is None:
        covariance, shrinkage = ledoit_wolf(centred, assume_centered=True)
    else:
        covariance = centred.T @ centred / samples
        level = np.trace(covariance) / width
        covariance = (1 - shrinkage) * covariance + shrinkage * level * np.eye(width)
    shares = np.bincount(numbers, minlength=classes) / samples
    means = np.stack([centred[numbers == one].mean(axis=0) for one in range(classes)])
    between = (means * shares[:, None]).T @ means
    return float((1 - shrinkage) * np.trace(np.linalg.pinv(covariance, hermitian=True) @ between))
