"""Logical CPU devices as replicas."""

import functools

import numpy as np
import tensorflow as tf


@functools.cache
def mirrored(replicas):
    """The MirroredStrategy over that many logical devices, one for the whole test process.

    TensorFlow numbers the collective groups of every strategy from the same base, and a device that was in a group of two
    may not join one of four under the same number; so each has a base of its own here.
    """
    tf.distribute.MirroredStrategy._collective_key_base = 1000 * replicas
    return tf.distribute.MirroredStrategy([f"CPU:{index}" for index in range(replicas)])


def assert_two_train_as_one(trained):
    """`trained()` builds a model, trains it, and returns a weight and the losses: the same on one device and on two replicas."""
    weights, losses = trained()
    with mirrored(2).scope():
        found, found_losses = trained()
    np.testing.assert_allclose(found, weights, rtol=1e-5)
    np.testing.assert_allclose(found_losses, losses, rtol=1e-5)
