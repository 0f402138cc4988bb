"""Checks and scaling that losses on embeddings share."""

import keras
import tensorflow as tf
from keras import ops


def unit_rows(embeddings):
    """Rows scaled to length 1, in float32. Rows of zeros (shorter than 1e-6) have no direction: zeros without a gradient.

    A floor under the length alone would give them a gradient of its inverse, which is enough to end a training.
    """
    embeddings = ops.cast(embeddings, "float32")
    squares = ops.sum(ops.square(embeddings), axis=-1, keepdims=True)
    return embeddings * ops.where(squares > 1e-12, ops.rsqrt(ops.maximum(squares, 1e-12)), 0.0)


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
