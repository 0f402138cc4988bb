"""Cross-entropy of whatever labels look like."""

import keras
import tensorflow as tf


def cross_entropy(labels, logits):
    """Cross-entropy of each sample in float32.

    Args:
        labels: Class numbers of shape `(batch,)` or `(batch, 1)`, or probabilities `(batch, classes)`.
        logits: Of shape `(batch, classes)`.

    Returns:
        float32 of shape `(batch,)`.
    """
    logits, labels = tf.cast(logits, tf.float32), tf.convert_to_tensor(labels)
    if labels.shape.rank == 2 and labels.shape[-1] == logits.shape[-1]:
        return keras.losses.categorical_crossentropy(labels, logits, from_logits=True)
    return keras.losses.sparse_categorical_crossentropy(tf.reshape(labels, [-1]), logits, from_logits=True)
