"""Logical CPU devices as replicas."""

import functools

import tensorflow as tf


@functools.cache
def mirrored(replicas):
    """The MirroredStrategy over that many logical devices, one for the whole test process.

    TensorFlow numbers the collective groups of every strategy from the same base, and a device that was in a group of two
    may not join one of four under the same number; so each has a base of its own here.
    """
    tf.distribute.MirroredStrategy._collective_key_base = 1000 * replicas
    return tf.distribute.MirroredStrategy([f"CPU:{index}" for index in range(replicas)])
