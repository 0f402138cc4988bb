"""Colour operations as one affine map of the channels per image: out = matrix @ pixel + offset."""

import math

import numpy as np
import tensorflow as tf

LUMA = np.array([0.299, 0.587, 0.114], "float32")
# RGB to YIQ, as broadcast television did; hue is the angle in the plane of I and Q.
_TO_YIQ = np.array([LUMA, [0.596, -0.274, -0.322], [0.211, -0.523, 0.312]], "float32")
_FROM_YIQ = np.linalg.inv(_TO_YIQ).astype("float32")


def colour_map(draws, recipe, mean):
    """Compose brightness, contrast, saturation, hue, greyscale and inversion.

    Args:
        draws: Uniform numbers in `[0, 1)` of shape `(batch,)`, by name.
        recipe: A `ViewRecipe`.
        mean: Mean of each crop's channels, `(batch, channels)`.

    Returns:
        `(matrix, offset)` of shapes `(batch, channels, channels)` and `(batch, channels, 1)`.
    """
    channels = mean.shape[-1]
    identity = tf.eye(channels)
    luma = tf.constant(LUMA[None] if channels == 3 else [[1.0]])
    on = draws["jitter"] < recipe.jitter

    bright = _factor(draws["brightness"], recipe.brightness, on)
    contrast = _factor(draws["contrast"], recipe.contrast, on)
    matrix = (bright * contrast)[:, None, None] * identity
    middle = tf.reduce_sum(mean * luma, -1) * bright
    offset = tf.tile(((1 - contrast) * middle)[:, None, None], (1, channels, 1))

    if channels == 3:
        to_grey = tf.tile(luma, (3, 1))
        saturation = _factor(draws["saturation"], recipe.saturation, on)[:, None, None]
        turn = tf.where(on, (draws["hue"] * 2 - 1) * recipe.hue * 2 * math.pi, 0.0)
        grey = tf.cast(draws["grey"] < recipe.grey, tf.float32)[:, None, None]
        for step in (
            saturation * identity + (1 - saturation) * to_grey,
            hue_turn(turn),
            grey * to_grey + (1 - grey) * identity,
        ):
            matrix, offset = step @ matrix, step @ offset
    if recipe.invert:
        flag = tf.cast(draws["invert"] < recipe.invert, tf.float32)[:, None, None]
        matrix, offset = (1 - 2 * flag) * matrix, (1 - 2 * flag) * offset + flag
    return matrix, offset


def paint(pixels, matrix, offset):
    """Apply the maps of `colour_map` to images `(batch, height, width, channels)`, and clip to `[0, 1]`."""
    height, width, channels = pixels.shape[1:]
    if channels == 1:
        pixels = matrix[..., None] * pixels
    else:
        # A product with a 3 x 3 matrix is slow; one with several of them along the diagonal takes several pixels at once.
        group = math.gcd(height * width, 8)
        blocks = tf.eye(group)[:, None, :, None] * tf.transpose(matrix, (0, 2, 1))[:, None, :, None]
        wide = group * channels
        pixels = tf.reshape(pixels, (-1, height * width // group, wide)) @ tf.reshape(blocks, (-1, wide, wide))
    lines = tf.reshape(pixels, (-1, height, width * channels)) + tf.tile(offset[:, None, :, 0], (1, 1, width))
    # tf.clip_by_value takes two steps over the pixels.
    lines = tf.raw_ops.ClipByValue(t=lines, clip_value_min=0.0, clip_value_max=1.0)
    return tf.reshape(lines, (-1, height, width, channels))


def hue_turn(angle):
    """Matrices `(batch, 3, 3)` that turn the hue by `angle` radians, keeping luma."""
    cosine, sine, zero = tf.cos(angle), tf.sin(angle), tf.zeros_like(angle)
    rows = [zero + 1, zero, zero, zero, cosine, -sine, zero, sine, cosine]
    return _FROM_YIQ @ tf.reshape(tf.stack(rows, 1), (-1, 3, 3)) @ _TO_YIQ


def _factor(draw, strength, on):
    low = max(0.0, 1.0 - strength)
    return tf.where(on, low + draw * (1.0 + strength - low), 1.0)
