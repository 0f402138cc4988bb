"""The network that tells two domains apart, and its loss."""

import keras
import tensorflow as tf

from keras_transfer.losses.whole_batch import whole_mean


def domain_head(features, hidden):
    """A built perceptron from vectors to one float32 logit: above 0 says source.

    Args:
        features: Width of the vectors.
        hidden: Widths of its hidden layers.

    Raises:
        ValueError: if a width is below 1.
    """
    if any(width < 1 for width in hidden):
        raise ValueError(f"`hidden` must be widths >= 1. Received: hidden={tuple(hidden)}")
    layers = [keras.layers.Dense(width, activation="relu", name=f"hidden{i}") for i, width in enumerate(hidden)]
    logit = keras.layers.Dense(1, dtype="float32", name="logit")
    return keras.Sequential([keras.Input((features,)), *layers, logit], name="domain_head")


def domain_loss(source, target, source_weights=None, target_weights=None):
    """Binary cross-entropy of logits, `(rows, 1)` each, the mean of both domains' means over the whole batch."""
    said_source, said_target = tf.nn.softplus(-source[:, 0]), tf.nn.softplus(target[:, 0])
    return (whole_mean(said_source, source_weights) + whole_mean(said_target, target_weights)) / 2.0
