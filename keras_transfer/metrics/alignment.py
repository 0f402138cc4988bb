"""How near two views of a sample are."""

import numpy as np

from keras_transfer.metrics.unit_length import unit_length


def alignment(first, second, power=2):
    """Mean distance between the directions of two views of each sample, to a power; 0 is best, and collapse has it too.

    Args:
        first: Embeddings of one view, shape `(samples, width)`, of any length.
        second: Of the other view, same shape.
        power: Exponent of the distance, `> 0`.

    Returns:
        A number from 0 to `2 ** power`.

    Raises:
        ValueError: if the shapes differ, or `power` is out of range.

    Example:
        >>> keras_transfer.metrics.alignment([[1, 0], [0, 2]], [[3, 0], [0, -1]])
        2.0

    Reference: [Wang and Isola, 2020](https://arxiv.org/abs/2005.10242)
    """
    if not power > 0:
        raise ValueError(f"`power` must be > 0. Received: power={power}")
    first, second = unit_length("first", first), unit_length("second", second)
    if first.shape != second.shape:
        raise ValueError(f"`first` and `second` must have one shape. Received: {first.shape} and {second.shape}")
    return float(np.mean(np.linalg.norm(first - second, axis=1) ** power))
