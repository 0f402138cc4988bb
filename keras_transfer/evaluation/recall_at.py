"""How often a search among vectors finds what it should."""

import numpy as np

_ROWS, _SAME = 1024, 1e-9


def recall_at(queries, targets, ks=(1, 5, 10), pairs=None):
    """Share of queries that have one of their own targets among the `k` nearest.

    Targets that are equally near count as in random order, so that embeddings which are all alike score what chance does:
    `recall_at(np.ones((n, 1)), np.ones((m, 1)), ks, pairs)` is that chance.

    Args:
        queries: Vectors of shape `(queries, d)`, unit length: of images, say.
        targets: Vectors of shape `(targets, d)`: of texts, say.
        ks: Numbers of nearest targets.
        pairs: Whole numbers of shape `(pairs, 2)`: rows of a query and of a target of its own, of which it may have several, as
            an image has several texts. Default: row i of the targets is that of query i.

    Returns:
        `{k: float}`, each in 0..1.

    Raises:
        ValueError: if shapes do not fit, a vector is not finite, or a query has no target.

    Example:
        >>> keras_transfer.evaluation.recall_at(image_vectors, text_vectors, ks=(1, 5))
        {1: 0.61, 5: 0.87}
    """
    queries, targets = (np.asarray(vectors, np.float64) for vectors in (queries, targets))
    if queries.ndim != 2 or targets.ndim != 2 or queries.shape[1] != targets.shape[1]:
        raise ValueError(
            "`queries` and `targets` must be vectors of one space, (n, d) and (m, d). Received shapes: "
            f"{queries.shape} and {targets.shape}"
        )
    if not (np.isfinite(queries).all() and np.isfinite(targets).all()):
        raise ValueError("A vector holds NaN or infinite numbers: the model that made it has diverged.")
    pairs = _checked(pairs, len(queries), len(targets))
    hits = dict.fromkeys(ks, 0.0)
    for start in range(0, len(queries), _ROWS):
        similar = queries[start : start + _ROWS] @ targets.T
        own = np.zeros(similar.shape, bool)
        here = pairs[(pairs[:, 0] >= start) & (pairs[:, 0] < start + _ROWS)]
        own[here[:, 0] - start, here[:, 1]] = True
        nearer, beside, best = _places(similar, own)
        for k in ks:
            hits[k] += _found(k, nearer, beside, best).sum()
    return {k: float(hit / len(queries)) for k, hit in hits.items()}


def _places(similar, own):
    """For each query: how many others are nearer than its nearest own target, and how many others and own are as near."""
    nearest = np.where(own, similar, -np.inf).max(axis=1, keepdims=True)
    as_near = np.abs(similar - nearest) <= _SAME
    nearer = ((similar > nearest + _SAME) & ~own).sum(axis=1)
    return nearer, (as_near & ~own).sum(axis=1), (as_near & own).sum(axis=1)


def _found(k, nearer, beside, best):
    """The probability that one of `best` is among the `k` first, if `beside` others are mixed with them at random."""
    missed = np.ones(len(nearer))
    for drawn in range(k):
        free = drawn < k - nearer  # a place that those nearer leave
        left = np.maximum(beside - drawn, 0) / np.maximum(beside + best - drawn, 1)
        missed = np.where(free, missed * left, missed)
    return 1.0 - missed


def _checked(pairs, queries, targets):
    if pairs is None:
        pairs = np.stack([np.arange(queries)] * 2, axis=1)
    pairs = np.asarray(pairs)
    if pairs.ndim != 2 or pairs.shape[1] != 2:
        raise ValueError(f"`pairs` must have the shape (pairs, 2). Received: shape {pairs.shape}")
    outside = np.flatnonzero(((pairs < 0) | (pairs >= [queries, targets])).any(axis=1))
    if len(outside):
        raise ValueError(
            f"`pairs` must name rows of {queries} queries and {targets} targets. Received: {pairs[outside[0]].tolist()}"
        )
    without = np.setdiff1d(np.arange(queries), pairs[:, 0])
    if len(without):
        raise ValueError(f"{len(without)} queries have no target of their own. Received: the first in row {without[0]}")
    return pairs
