"""How often neighbours tell the class."""

import numpy as np

from keras_transfer.metrics.unit_length import unit_length

# Queries are compared with the bank a tile at a time, of at most this many numbers.
TILE_NUMBERS = 1 << 22


def knn_accuracy(features, labels, queries=None, query_labels=None, neighbours=20, temperature=0.07):
    """Accuracy of the weighted nearest-neighbour classifier: each neighbour votes with `exp(cosine / temperature)`.

    Args:
        features: Embeddings of known class, shape `(samples, width)`.
        labels: Their classes, of any kind, shape `(samples,)`.
        queries: Embeddings to classify, shape `(queries, width)`. None: each of `features` by all others.
        query_labels: Their classes, shape `(queries,)`.
        neighbours: How many vote, `>= 1`; all, if there are fewer.
        temperature: Of the votes, `> 0`.

    Returns:
        A number in 0..1.

    Raises:
        ValueError: if shapes do not fit each other, or a number is out of range.

    Example:
        >>> keras_transfer.metrics.knn_accuracy([[1, 0], [0, 1]], ["a", "b"], [[2, 1]], ["a"])
        1.0

    Reference: [Wu et al., 2018](https://arxiv.org/abs/1805.01978), section 3.4
    """
    alone = queries is None
    bank, labels = unit_length("features", features), np.asarray(labels)
    rows = bank if alone else unit_length("queries", queries)
    wanted = labels if alone else np.asarray(query_labels)
    _check(bank, labels, rows, wanted, neighbours, temperature)
    voters = min(neighbours, len(bank) - alone)
    if voters < 1:
        raise ValueError("Without `queries` at least 2 samples are needed. Received: 1")
    classes, numbers = np.unique(labels, return_inverse=True)
    tile, right = max(1, TILE_NUMBERS // len(bank)), 0
    for start in range(0, len(rows), tile):
        cosines = rows[start : start + tile] @ bank.T
        here = np.arange(len(cosines))
        if alone:
            cosines[here, start + here] = -np.inf
        nearest = np.argpartition(-cosines, voters - 1, axis=1)[:, :voters]
        cosines = np.take_along_axis(cosines, nearest, axis=1)
        votes = np.zeros((len(cosines), len(classes)))
        # Less the largest, so that no temperature overflows.
        weights = np.exp((cosines - cosines.max(axis=1, keepdims=True)) / temperature)
        np.add.at(votes, (here[:, None], numbers[nearest]), weights)
        right += int((classes[votes.argmax(axis=1)] == wanted[start : start + tile]).sum())
    return right / len(rows)


def _check(bank, labels, rows, wanted, neighbours, temperature):
    for name, ours, theirs in (("labels", labels, bank), ("query_labels", wanted, rows)):
        if ours.shape != (len(theirs),):
            raise ValueError(f"`{name}` must have the shape ({len(theirs)},). Received: shape {ours.shape}")
    if bank.shape[1] != rows.shape[1]:
        raise ValueError(f"`queries` must be {bank.shape[1]} wide, as `features`. Received: {rows.shape[1]}")
    if neighbours < 1:
        raise ValueError(f"`neighbours` must be >= 1. Received: neighbours={neighbours}")
    if not temperature > 0:
        raise ValueError(f"`temperature` must be > 0. Received: temperature={temperature}")
