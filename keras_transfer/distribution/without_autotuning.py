"""Datasets whose iterators end when they are told to."""

import tensorflow as tf


def without_autotuning(dataset):
    """The dataset with tf.data's autotuning off; parallel calls that were left to it are as many as there are cores.

    The autotuner's thread sleeps for up to a minute between two looks, and TensorFlow 2.21 at times misses to wake it when an
    iterator is deleted, which then waits that long, and with it all of Python if the garbage collector did it.
    """
    options = tf.data.Options()
    options.autotune.enabled = False
    return dataset.with_options(options)
