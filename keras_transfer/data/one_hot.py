"""Labels as probabilities."""

import tensorflow as tf


def one_hot(labels, classes=None):
    """Class numbers `(batch,)` or probabilities `(batch, classes)` as float32 probabilities.

    Raises:
        ValueError: if numbers come without `classes`, or probabilities with another number of them.
    """
    labels = tf.convert_to_tensor(labels)
    if labels.shape.rank == 1:
        if classes is None:
            raise ValueError("`classes` must say how many classes there are, as `labels` are class numbers.")
        return tf.one_hot(tf.cast(labels, tf.int32), classes)
    if labels.shape.rank != 2 or not labels.dtype.is_floating or classes not in (None, labels.shape[1]):
        raise ValueError(
            "`labels` must be class numbers (batch,) or float probabilities (batch, classes). "
            f"Received: shape {tuple(labels.shape)}, dtype {labels.dtype.name}, classes={classes}"
        )
    return tf.cast(labels, tf.float32)
