"""Batches of labelled samples with unlabelled ones beside them."""

import tensorflow as tf

from keras_transfer.data import counter_hash
from keras_transfer.data.batches import batches
from keras_transfer.distribution.prefetched import prefetched


def paired_batches(labelled, unlabelled, batch_size, *, ratio=1, map=None, unlabelled_map=None, seed=0, steps=None):
    """Make a training dataset of labelled samples and unlabelled ones, for the models of `keras_transfer.adaptation`.

    Both are drawn in orders of their own, functions of (seed, epoch, position). An epoch is one pass over the larger of the
    two; the other one goes through further passes, each in another order.

    Args:
        labelled: `(x, y)`, arrays with one row per sample.
        unlabelled: An array with one row per sample, such as those of `x`.
        batch_size: Labelled samples per batch; under a `tf.distribute` strategy, over all replicas together.
        ratio: Unlabelled samples for each labelled one.
        map: Function called as `map((x, y), seeds)` for the labelled samples, as in `data.batches`.
        unlabelled_map: Function called as `unlabelled_map(x, seeds)` for the unlabelled ones. It may return a tuple of views.
        seed: Any integer. The same seed gives the same batches.
        steps: Batches per epoch. Default: one pass over the larger of the two.

    Returns:
        A `tf.data.Dataset` of `((x_labelled, x_unlabelled), y)`. With `ratio` above 1 unlabelled samples have the shape
        `(batch, ratio, ...)`, so that each labelled one keeps as many beside it, whatever share of a batch a replica gets.

    Raises:
        ValueError: if arrays are empty or differ in length, or a number is out of range.

    Example:
        >>> batches = keras_transfer.data.paired_batches((x_source, y_source), x_target, 64)
        >>> model.fit(batches, epochs=20)
    """
    if not isinstance(labelled, list | tuple) or len(labelled) != 2:
        raise ValueError(f"`labelled` must be a pair (x, y) of arrays. Received: {type(labelled).__name__}")
    for name, number in (("batch_size", batch_size), ("ratio", ratio)):
        if isinstance(number, bool) or int(number) != number or number < 1:
            raise ValueError(f"`{name}` must be a whole number from 1. Received: {name}={number!r}")
    if steps is None:
        steps = max(len(labelled[0]) // batch_size, len(unlabelled) // (batch_size * ratio), 1)
    first = batches(tuple(labelled), batch_size, seed=seed, steps=steps, map=map)
    # A seed of its own: of equally many samples, the same ones would always meet.
    own = int(counter_hash.key(seed, 3))
    second = batches(unlabelled, batch_size * ratio, seed=own, steps=steps, map=unlabelled_map)

    def beside(pair, others):
        if ratio > 1:
            others = tf.nest.map_structure(lambda x: tf.reshape(x, (batch_size, ratio, *x.shape[1:])), others)
        return (pair[0], others), pair[1]

    return prefetched(tf.data.Dataset.zip(first, second).map(beside))
