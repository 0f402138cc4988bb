"""Batches ready before they are asked for."""

import tensorflow as tf

AHEAD = 2


def prefetched(dataset):
    """The dataset, two elements ahead of its reader, its parallel calls as many as there are cores.

    tf.data's autotuning is off: its thread sleeps for up to a minute between two looks, and TensorFlow 2.21 at times misses to
    wake it when an iterator is deleted, which then waits that long, and with it all of Python if the garbage collector did it.
    """
    options = tf.data.Options()
    options.autotune.enabled = False
    return dataset.prefetch(AHEAD).with_options(options)
