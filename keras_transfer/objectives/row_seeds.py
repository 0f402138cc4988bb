"""Randomness of a training step that does not depend on how many replicas share the batch."""

import tensorflow as tf

from keras_transfer.data.counter_hash import GOLDEN, mix_tensor
from keras_transfer.distribution.gather import first_row


def row_seeds(generator, batch, fresh):
    """One seed for each row, a function of the generator's state and of the row's position in the whole batch.

    So R replicas draw what one device with the whole batch draws.

    Args:
        generator: The objective's own `keras.random.SeedGenerator`.
        batch: Tensor of shape `(rows, ...)`, this replica's share.
        fresh: True in training: the generator moves on. False in evaluation: always the same seeds, so that evaluations
            can be compared, and the generator stays where it is.

    Returns:
        int32 tensor of shape `(rows, 2)`, for `data.uniform` and `data.normal`.
    """
    state = tf.cast(generator.next() if fresh else tf.constant([0, -1]), tf.int64)
    golden = tf.constant(GOLDEN, tf.uint64)
    seed, count = tf.unstack(tf.bitcast(state, tf.uint64))
    key = mix_tensor(mix_tensor(seed + golden) + count + golden)
    position = tf.cast(first_row(batch) + tf.range(1, tf.shape(batch)[0] + 1), tf.uint64)
    return tf.bitcast(mix_tensor(key + position * golden), tf.int32)
