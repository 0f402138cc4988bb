"""Random numbers for a batch, each row from its own seed."""

import tensorflow as tf

from keras_transfer.data.counter_hash import GOLDEN, mix_tensor


def uniform(seeds, columns, low=0.0, high=1.0):
    """Draw uniform numbers, row by row from each sample's own seed.

    Unlike `tf.random.stateless_uniform`, which takes one seed for the whole tensor, a row here depends on its own seed
    alone: not on the size of the batch, nor on where in the batch the sample stands.

    Args:
        seeds: int32 tensor of shape `(batch, 2)`, as `data.batches` gives them to `map`.
        columns: How many numbers per row.
        low: Smallest value (included).
        high: Largest value (excluded, up to rounding).

    Returns:
        float32 tensor of shape `(batch, columns)`.

    Example:
        >>> noise = keras_transfer.data.uniform([[1, 2], [3, 4]], columns=5)  # shape (2, 5)
    """
    start = tf.bitcast(tf.convert_to_tensor(seeds, tf.int32), tf.uint64)
    steps = tf.range(1, columns + 1, dtype=tf.int64)
    counters = tf.cast(steps, tf.uint64) * tf.constant(GOLDEN, tf.uint64)
    bits = tf.bitwise.right_shift(mix_tensor(start[:, None] + counters), tf.constant(40, tf.uint64))
    # 24 bits are what a float32 holds exactly, so 1.0 is never drawn.
    return low + (high - low) * (tf.cast(tf.cast(bits, tf.int32), tf.float32) * 2.0**-24)
