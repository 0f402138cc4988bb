"""Every dataset of a process without tf.data's autotuning, those of tests and of Keras alike."""

import tensorflow as tf

from keras_transfer.distribution.without_autotuning import without_autotuning


def install():
    """For the whole process. TensorFlow 2.21 calls this method of each dataset that is about to be read."""
    tf.data.Dataset._apply_debug_options = without_autotuning
