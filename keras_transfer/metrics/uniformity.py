"""How evenly embeddings fill the sphere."""

import numpy as np

from keras_transfer.metrics.unit_length import unit_length

# Rows are compared a tile at a time, of at most this many numbers.
TILE_NUMBERS = 1 << 22


def uniformity(features, scale=2.0):
    """Logarithm of the mean of `exp(-scale distance ** 2)` over all pairs of different samples; lower is more even.

    Args:
        features: Embeddings of shape `(samples, width)`, of any length; at least two samples.
        scale: Of the squared distance between directions, `> 0`.

    Returns:
        A number from `-4 scale` to 0, which collapse has. Directions spread evenly have about `-2 scale` with wide embeddings.

    Raises:
        ValueError: if there are fewer than two samples, or `scale` is out of range.

    Example:
        >>> keras_transfer.metrics.uniformity([[1, 0], [-1, 0]])
        -8.0

    Reference: [Wang and Isola, 2020](https://arxiv.org/abs/2005.10242)
    """
    if not scale > 0:
        raise ValueError(f"`scale` must be > 0. Received: scale={scale}")
    rows = unit_length("features", features)
    if len(rows) < 2:
        raise ValueError("`features` must hold at least 2 samples, for pairs. Received: 1")
    tile, total = max(1, TILE_NUMBERS // len(rows)), 0.0
    for start in range(0, len(rows), tile):
        part = rows[start : start + tile]
        squared = (part**2).sum(1)[:, None] + (rows**2).sum(1) - 2.0 * part @ rows.T
        near = np.exp(-scale * np.maximum(squared, 0.0), dtype=np.float64)
        here = np.arange(len(part))
        near[here, start + here] = 0.0
        total += near.sum()
    return float(np.log(total / (len(rows) * (len(rows) - 1))))
