"""Statistics of embeddings over the whole batch, over all replicas, with their gradient."""

import tensorflow as tf

from keras_transfer.distribution.gather import sum_over_replicas
from keras_transfer.losses.embeddings import check_samples


def centred_views(name, first, second):
    """Two views less their mean over the whole batch, and the size of that batch.

    Args:
        name: Of the loss, for its error when there is one sample only.
        first: Embeddings of shape `(batch, d)`.
        second: As `first`.

    Returns:
        float32 of shape `(2, batch, d)`, and a float32 scalar.
    """
    views = tf.stack([tf.cast(first, tf.float32), tf.cast(second, tf.float32)])
    count = tf.stop_gradient(sum_over_replicas(tf.cast(tf.shape(views)[1], tf.float32)))
    check_samples(name, count)
    return views - sum_over_replicas(tf.reduce_sum(views, axis=1, keepdims=True)) / count, count


def for_each_sample(value, samples):
    """A number on the whole batch as the loss of each of these samples: their mean is that number again."""
    return tf.fill(tf.shape(samples)[:1], value)


def whole_mean(values, weights=None):
    """The mean of numbers, one a sample, over the whole batch, over all replicas.

    Args:
        values: float32 of shape `(rows,)`, this replica's share.
        weights: As `values`, without gradient; None weighs all alike.

    Returns:
        float32 scalar, the same on every replica; 0 where the weights add up to 0.
    """
    weights = tf.ones_like(values) if weights is None else tf.stop_gradient(weights)
    total, weight = tf.unstack(sum_over_replicas(tf.stack([tf.reduce_sum(values * weights), tf.reduce_sum(weights)])))
    return tf.math.divide_no_nan(total, tf.stop_gradient(weight))
