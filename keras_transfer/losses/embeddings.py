"""Checks and scaling that losses on embeddings share."""

import keras
import tensorflow as tf


@tf.custom_gradient
def unit_rows(embeddings):
    """Rows scaled to length 1, in float32. Rows of zeros (shorter than 1e-6) have no direction: zeros without a gradient.

    A floor under the length alone would give them a gradient of its inverse, which is enough to end a training. The gradient
    is written out because it needs the result only: large batches need not keep the embeddings as well.
    """
    embeddings = tf.convert_to_tensor(embeddings)
    dtype = embeddings.dtype
    embeddings = tf.cast(embeddings, tf.float32)
    squares = tf.reduce_sum(tf.square(embeddings), axis=-1, keepdims=True)
    scales = tf.where(squares > 1e-12, tf.math.rsqrt(tf.maximum(squares, 1e-12)), 0.0)
    directions = embeddings * scales

    def gradient(upstream):
        along = tf.reduce_sum(directions * upstream, axis=-1, keepdims=True)
        return tf.cast(scales * (upstream - directions * along), dtype)

    return directions, gradient


def check_temperature(temperature):
    """The temperature, if it is one."""
    if not temperature > 0:
        raise ValueError(f"`temperature` must be > 0. Received: temperature={temperature}")
    return temperature


def check_samples(name, samples):
    """Stop a step whose batch has nothing to compare with; `samples` is the size of the whole batch, a scalar tensor."""
    tf.debugging.assert_greater(
        samples,
        tf.ones_like(samples),
        f"{name} compares the samples of a batch with each other and needs at least 2. Received a batch of 1: use a larger "
        "batch, or drop the last, incomplete one.",
    )


def check_pair(name, first, second):
    """Both tensors, if they are embeddings of equal shape `(batch, d)`."""
    first, second = keras.ops.convert_to_tensor(first), keras.ops.convert_to_tensor(second)
    shapes = tuple(first.shape), tuple(second.shape)
    same = all(a == b or a is None or b is None for a, b in zip(*shapes, strict=False))
    if len(shapes[0]) != 2 or len(shapes[1]) != 2 or not same:
        raise ValueError(
            f"{name} compares two views of the same samples, each of shape (batch, d). Received shapes {shapes[0]} and "
            f"{shapes[1]}. Pool feature maps to one vector a sample first."
        )
    return first, second
