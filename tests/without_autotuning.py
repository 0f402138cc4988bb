"""Datasets that Keras makes of arrays, without tf.data's autotuning: what `distribution.prefetched` spares our own."""

import tensorflow as tf


def install():
    """For the whole process. TensorFlow 2.21 calls this method of each dataset that is about to be read."""
    tf.data.Dataset._apply_debug_options = _without_autotuning


def _without_autotuning(dataset):
    options = tf.data.Options()
    options.autotune.enabled = False
    return dataset.with_options(options)
