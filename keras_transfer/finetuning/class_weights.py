"""How much a sample of each class counts."""

import numpy as np


def class_weights(wanted, y, classes):
    """Weights of classes, for `finetune(..., class_weight=...)`.

    Args:
        wanted: "balanced": samples / (classes that occur * samples of the class), so that every class counts as much in all and
            the mean over samples is 1. Or a dict from class to weight `>= 0`; classes that are not in it have 1. None: no
            weights.
        y: Classes, integers of any shape; negative ones are not counted.
        classes: How many there are.

    Returns:
        float32 array of shape `(classes,)`, or None.

    Raises:
        ValueError: if `wanted` is something else, names a class that does not exist, or a weight is negative or not finite.

    Example:
        >>> keras_transfer.finetuning.class_weights("balanced", [0, 0, 0, 1], 2)
        array([0.6666667, 2.       ], dtype=float32)
    """
    if wanted is None:
        return None
    y = np.asarray(y)
    y = y[y >= 0]
    counts = np.bincount(y, minlength=classes)
    if isinstance(wanted, str) and wanted == "balanced":
        present = counts > 0
        return np.where(present, len(y) / (present.sum() * np.maximum(counts, 1)), 1.0).astype(np.float32)
    if not isinstance(wanted, dict):
        raise ValueError(f'`class_weight` must be None, "balanced" or a dict of class and weight. Received: {wanted!r}')
    weights = np.ones(classes, np.float32)
    for one, weight in wanted.items():
        if one not in range(classes) or not np.isfinite(weight) or weight < 0:
            raise ValueError(
                f"`class_weight` must give classes from 0 to {classes - 1} finite weights >= 0. Received: {one!r}: {weight!r}"
            )
        weights[one] = weight
    return weights
