"""Independent seeds derived from a batch's seeds."""

import tensorflow as tf

from keras_transfer.data.counter_hash import GOLDEN, mix_tensor


def split_seeds(seeds, count):
    """Derive `count` independent seeds from every sample's seed, so that two views never share a random number.

    Args:
        seeds: int32 tensor of shape `(batch, 2)`.
        count: How many to derive.

    Returns:
        A list of `count` int32 tensors of shape `(batch, 2)`.

    Example:
        >>> for_view_a, for_view_b = keras_transfer.data.split_seeds(seeds, 2)
    """
    # Scrambled twice: `uniform` walks along single steps of the golden ratio from a seed, and a derived seed that lay on
    # the same walk would repeat numbers.
    start = mix_tensor(tf.bitwise.invert(tf.bitcast(tf.convert_to_tensor(seeds, tf.int32), tf.uint64)))
    return [
        tf.bitcast(mix_tensor(start + tf.constant((number + 1) * GOLDEN % 2**64, tf.uint64)), tf.int32)
        for number in range(count)
    ]
