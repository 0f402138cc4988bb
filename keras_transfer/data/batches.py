"""Batches of arrays in an order that depends on (seed, epoch, position) alone."""

import numpy as np
import tensorflow as tf

from keras_transfer.data import counter_hash
from keras_transfer.data.set_epoch import EpochCounter
from keras_transfer.distribution.prefetched import prefetched


def batches(arrays, batch_size, *, seed=0, shuffle=True, steps=None, drop_remainder=None, map=None):
    """Make a `tf.data.Dataset` of batches whose order and randomness are a function of (seed, epoch, position).

    For training (`shuffle=True`) each pass over the dataset is another epoch, differently ordered and differently augmented;
    see `set_epoch`. For evaluation (`shuffle=False`) every sample comes exactly once, in the order given, and `map` sees the
    same seeds each time.

    Args:
        arrays: An array, or a tuple, list or dict of arrays, with one row per sample. A copy of them stays in host memory as they
            are and is gathered batch by batch, so keep images in `uint8`; what does not fit twice comes from `read_records`.
        batch_size: Samples per batch; under a `tf.distribute` strategy, over all replicas together.
        seed: Any integer. The same seed gives the same batches.
        shuffle: Whether to draw a new order each epoch.
        steps: Batches per epoch. Default: one pass over the samples. More than that continues with further passes, each in
            an order of its own, which spares Keras the cost of many tiny epochs when there are few samples. For training only.
        drop_remainder: Whether to leave out a last, smaller batch. Default: while training, if there is at least one full
            batch (another few samples are left out each epoch). Never set it for evaluation.
        map: Function called as `map(batch, seeds)` in the dataset's graph, for decoding and augmentation. `batch`
            has the structure of `arrays`; `seeds` is int32 of shape `(batch, 2)`, one row per sample, for `data.uniform` or
            any `tf.random.stateless_*` operation.

    Returns:
        A `tf.data.Dataset` with known cardinality, usable in `fit` and with `experimental_distribute_dataset`.

    Raises:
        ValueError: if the arrays are empty or differ in length, or a number is out of range.

    Example:
        >>> train = keras_transfer.data.batches((x, y), 128, map=lambda batch, seeds: (batch[0] / 255, batch[1]))
        >>> model.fit(train, epochs=10)
    """
    arrays = tf.nest.map_structure(_on_host, _as_tuple(arrays))
    size = _common_length(arrays)
    steps, length = _plan(size, batch_size, shuffle, steps, drop_remainder)
    epochs = EpochCounter() if shuffle else None

    def begin():
        epoch = epochs.take() if shuffle else 0
        order = sample_order(seed, epoch, size, length) if shuffle else np.arange(length)
        return order, sample_seeds(seed, epoch, length)

    def one_pass(_):
        order, seeds = tf.numpy_function(begin, [], (tf.int64, tf.int32))
        return tf.ensure_shape(order, (length,)), tf.ensure_shape(seeds, (length, 2))

    def steps_of(order, seeds):
        return tf.data.Dataset.range(steps).map(
            lambda step: (_rows(order, step, batch_size, length), _rows(seeds, step, batch_size, length))
        )

    def load(rows, seeds):
        batch = tf.nest.map_structure(lambda array: tf.gather(array, rows), arrays)
        return batch if map is None else map(batch, seeds)

    dataset = tf.data.Dataset.from_tensors(0).map(one_pass).flat_map(steps_of)
    dataset = dataset.apply(tf.data.experimental.assert_cardinality(steps))
    return prefetched(dataset.map(load, num_parallel_calls=tf.data.AUTOTUNE, deterministic=True))


def sample_order(seed, epoch, size, length):
    """Row numbers in the order of one epoch: an independent permutation of `range(size)` per pass, cut to `length`."""
    passes = [
        np.argsort(counter_hash.stream(counter_hash.key(seed, epoch, number, 1), np.arange(size)), kind="stable")
        for number in range(-(-length // size))
    ]
    return np.concatenate(passes)[:length]


def sample_seeds(seed, epoch, length):
    """One seed per position of the epoch, int32 of shape `(length, 2)`."""
    return counter_hash.stream(counter_hash.key(seed, epoch, 2), np.arange(length)).view(np.int32).reshape(-1, 2)


def _rows(tensor, step, batch_size, length):
    rows = tensor[step * batch_size : (step + 1) * batch_size]
    if length % batch_size == 0:
        rows = tf.ensure_shape(rows, (batch_size, *tensor.shape[1:]))
    return rows


def _as_tuple(arrays):
    # tf.data reads a list as one tensor to stack; here it is a list of arrays.
    return tuple(arrays) if isinstance(arrays, list) else arrays


def _on_host(array):
    with tf.device("CPU:0"):
        return tf.convert_to_tensor(array)


def _common_length(arrays):
    leaves = tf.nest.flatten(arrays)
    if not leaves or any(leaf.shape.rank == 0 for leaf in leaves):
        raise ValueError("`arrays` must be arrays with one row per sample. Received: no array, or a single number.")
    lengths = [int(leaf.shape[0]) for leaf in leaves]
    if len(set(lengths)) > 1:
        raise ValueError(
            f"All of `arrays` must have the same number of rows. Received rows: {lengths}. "
            "Check that images and labels were cut in the same way."
        )
    if lengths[0] == 0:
        raise ValueError("`arrays` holds no samples. Received: arrays of 0 rows.")
    return lengths[0]


def _plan(size, batch_size, shuffle, steps, drop_remainder):
    """Steps per epoch and samples per epoch, after checking what was asked."""
    for name, number in (("batch_size", batch_size), ("steps", 1 if steps is None else steps)):
        if isinstance(number, bool) or int(number) != number or number < 1:
            raise ValueError(f"`{name}` must be a whole number from 1. Received: {name}={number!r}")
    if not shuffle and (drop_remainder or steps is not None):
        raise ValueError(
            "Evaluation (`shuffle=False`) reads every sample once. "
            f"Received: drop_remainder={drop_remainder}, steps={steps}. Leave both out."
        )
    if steps is not None:
        return steps, steps * batch_size
    if drop_remainder is None:
        drop_remainder = shuffle and size >= batch_size
    if not drop_remainder:
        return -(-size // batch_size), size
    if size < batch_size:
        raise ValueError(
            f"`drop_remainder` would leave nothing: {size} samples make no full batch of {batch_size}. "
            "Lower `batch_size`, or give `steps` to go through the samples several times per epoch."
        )
    return size // batch_size, size // batch_size * batch_size
