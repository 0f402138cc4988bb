"""How well a Bayesian linear model on the features explains the labels."""

import numpy as np

from keras_transfer.metrics.labelled_rows import labelled_rows

_MOST_ROUNDS, _TOLERANCE = 100, 1e-6
# In the denominators of precisions, as in the authors' code: targets that are met exactly have none.
_FLOOR = 1e-5


def log_me(features, labels):
    """Logarithm of maximum evidence, a sample, averaged over classes.

    For the indicator y of each class, y = F w + noise with w ~ N(0, I / a) and noise ~ N(0, I / b); the score is
    log N(y; 0, I / b + F F^T / a) / samples at the a and b that maximise it, found by MacKay's fixed point. Nothing is split and
    nothing overfits, so all labels may be used.

    Args:
        features: Shape `(samples, width)`.
        labels: Classes, of any kind, shape `(samples,)`.

    Returns:
        A number; higher is better. Only those on the same labels compare.

    Raises:
        ValueError: if the shapes do not fit, numbers are not finite, or there is one class only.

    Example:
        >>> keras_transfer.metrics.log_me(keras_transfer.transfer.features(encoder, images), labels)

    Reference: [You et al., 2021](https://arxiv.org/abs/2102.11005)
    """
    features, numbers, classes = labelled_rows("features", features, labels)
    left, singular, _ = np.linalg.svd(features, full_matrices=False)
    return float(np.mean([_evidence(left, singular**2, numbers == one, features.shape[1]) for one in range(classes)]))


def _evidence(left, spectrum, indicator, width):
    samples = len(indicator)
    target = indicator.astype(np.float64)
    within = (left.T @ target) ** 2
    outside = max(0.0, target @ target - within.sum())
    a = b = 1.0
    for _ in range(_MOST_ROUNDS):
        ratio = a / b
        effective = (spectrum / (spectrum + ratio)).sum()
        length = (spectrum * within / (ratio + spectrum) ** 2).sum()
        error = (within * (ratio / (ratio + spectrum)) ** 2).sum() + outside
        a, b = effective / (length + _FLOOR), (samples - effective) / (error + _FLOOR)
        if a <= 0 or abs(a / b - ratio) <= _TOLERANCE * ratio:
            break
    if a <= 0:  # no feature says anything, and the weights are none
        error = target @ target
        b = samples / error
        return 0.5 * (np.log(b / (2 * np.pi)) - b * error / samples)
    ratio = a / b
    length = (spectrum * within / (ratio + spectrum) ** 2).sum()
    error = (within * (ratio / (ratio + spectrum)) ** 2).sum() + outside
    determinant = np.log(a + b * spectrum).sum() + (width - len(spectrum)) * np.log(a)
    evidence = width * np.log(a) + samples * np.log(b / (2 * np.pi)) - b * error - a * length - determinant
    return 0.5 * evidence / samples
