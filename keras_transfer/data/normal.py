"""Normal random numbers for a batch, each row from its own seed."""

import math

import tensorflow as tf

from keras_transfer.data.uniform import uniform


def normal(seeds, columns, mean=0.0, deviation=1.0):
    """Draw normal numbers, row by row from each sample's own seed, as `data.uniform` does.

    Args:
        seeds: int32 tensor of shape `(batch, 2)`, as `data.batches` gives them to `map`.
        columns: How many numbers per row.
        mean: Of the numbers.
        deviation: Standard deviation of the numbers.

    Returns:
        float32 tensor of shape `(batch, columns)`.

    Example:
        >>> noise = keras_transfer.data.normal([[1, 2], [3, 4]], columns=5)  # shape (2, 5)

    Reference: [Box and Muller, 1958](https://doi.org/10.1214/aoms/1177706645)
    """
    half = (columns + 1) // 2
    draws = uniform(seeds, 2 * half)
    # uniform never draws 1, so the logarithm is finite.
    radius = tf.sqrt(-2.0 * tf.math.log1p(-draws[:, :half]))
    angle = 2.0 * math.pi * draws[:, half:]
    numbers = tf.concat([radius * tf.cos(angle), radius * tf.sin(angle)], axis=1)
    return mean + deviation * numbers[:, :columns]
