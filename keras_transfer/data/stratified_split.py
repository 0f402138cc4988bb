"""Split a labelled set, class by class."""

import numpy as np

from keras_transfer.data import counter_hash


def stratified_split(y, fraction=None, *, per_class=None, seed=0):
    """Choose some samples of every class.

    Args:
        y: Labels of any kind, shape `(n,)`.
        fraction: Part of the samples to choose, between 0 and 1: as near to it as whole samples allow in all, with every
            class within one sample of its share, and at least one chosen and one left in each class of two or more.
        per_class: Or: how many of each class.
        seed: Any integer. The same seed chooses the same samples.

    Returns:
        `(chosen, rest)`: row numbers in ascending order, int64; together every row once.

    Raises:
        ValueError: if neither or both ways to choose are given, or a class is too small.

    Example:
        >>> chosen, rest = stratified_split(y, per_class=5)
        >>> x_few, y_few = x[chosen], y[chosen]
    """
    y = np.asarray(y)
    if y.ndim != 1 or len(y) == 0:
        raise ValueError(f"`y` must be one label per sample, of shape (n,). Received: shape {y.shape}")
    if (fraction is None) == (per_class is None):
        raise ValueError(f"Give `fraction` or `per_class`. Received: fraction={fraction}, per_class={per_class}")
    classes, number, counts = np.unique(y, return_inverse=True, return_counts=True)
    if per_class is not None:
        if isinstance(per_class, bool) or int(per_class) != per_class or per_class < 1:
            raise ValueError(f"`per_class` must be a whole number from 1. Received: per_class={per_class!r}")
        small = np.flatnonzero(counts < per_class)
        if len(small):
            raise ValueError(
                f"`per_class` asks for {per_class} of each class, but class {classes[small[0]].item()!r} has {counts[small[0]]}."
            )
        take = np.full(len(classes), per_class)
    else:
        if not 0 < fraction < 1:
            raise ValueError(f"`fraction` must be between 0 and 1. Received: fraction={fraction!r}")
        take = _shares(counts, fraction)
    order = np.argsort(counter_hash.stream(counter_hash.key(seed, 3), np.arange(len(y))), kind="stable")
    # Rank of each row among its class, in the shuffled order.
    by_class = order[np.argsort(number[order], kind="stable")]
    rank = np.empty(len(y), np.int64)
    rank[by_class] = np.arange(len(y)) - np.repeat(np.cumsum(counts) - counts, counts)
    chosen = rank < take[number]
    return np.flatnonzero(chosen), np.flatnonzero(~chosen)


def _shares(counts, fraction):
    """How many of each class, by largest remainder."""
    exact = counts * fraction
    take = np.floor(exact).astype(np.int64)
    missing = round(counts.sum() * fraction) - take.sum()
    take[np.argsort(take - exact, kind="stable")[:missing]] += 1
    return np.where(counts > 1, np.clip(take, 1, counts - 1), take)
