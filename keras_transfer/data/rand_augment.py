"""A few random operations from a fixed list, all of one strength."""

import math

import tensorflow as tf

from keras_transfer.data.mix_up import unit_floats
from keras_transfer.data.uniform import uniform
from keras_transfer.data.view_colour import LUMA

# In the order of the paper's table.
OPERATIONS = (
    *("identity", "auto_contrast", "equalize", "rotate", "solarize", "saturation", "posterize"),
    *("contrast", "brightness", "sharpness", "shear_x", "shear_y", "translate_x", "translate_y"),
)
_GEOMETRIC = {
    "rotate": math.radians(30),
    "shear_x": 0.3,
    "shear_y": 0.3,
    "translate_x": 150 / 331,
    "translate_y": 150 / 331,
}
_BLENDED = ("saturation", "contrast", "brightness", "sharpness")


def rand_augment(images, seeds, *, operations=2, magnitude=0.3, only=OPERATIONS):
    """Apply random operations to each image, of the kinds and strengths of the paper.

    For fine-tuning with enough labels to bear it. Each image draws its own operations from its own seed, so that a resumed
    run repeats them; `keras_cv.layers.RandAugment` draws from global state. Images of one channel pass saturation unchanged.

    Args:
        images: `(batch, height, width, 1 or 3)`, uint8, or floats in `[0, 1]`.
        seeds: int32 of shape `(batch, 2)`.
        operations: How many, one after the other; the same may come again.
        magnitude: Strength from 0 to 1, the paper's M / 30. At 1: rotation by 30 degrees; shearing by 0.3; shifting by 0.45 of
            a side; saturation, contrast, brightness and sharpness times 0.1 or 1.9; solarising from 0; four bits. The sign is
            random. What comes in from outside repeats the border.
        only: The operations to draw from; by default all fourteen, see `OPERATIONS`.

    Returns:
        float32 of the same shape, in `[0, 1]`.

    Raises:
        ValueError: if an argument is out of range, or there is no such operation.

    Example:
        >>> data.batches((x, y), 64, map=lambda batch, seeds: (data.rand_augment(batch[0], seeds), batch[1]))

    Reference: [Cubuk et al., 2020](https://arxiv.org/abs/1909.13719)
    """
    unknown = sorted(set(only) - set(OPERATIONS))
    if unknown or not only:
        raise ValueError(
            f"`only` must name operations of {', '.join(OPERATIONS)}. Received: {', '.join(unknown) or 'none'}"
        )
    if not 0 <= magnitude <= 1:
        raise ValueError(f"`magnitude` must be from 0 to 1. Received: magnitude={magnitude!r}")
    if isinstance(operations, bool) or not isinstance(operations, int) or operations < 1:
        raise ValueError(f"`operations` must be a whole number from 1. Received: operations={operations!r}")
    images = unit_floats(images)
    draws = uniform(seeds, 2 * operations)
    for i in range(operations):
        choice = tf.cast(draws[:, 2 * i] * len(only), tf.int32)
        chosen = {name: choice == number for number, name in enumerate(only)}
        signed = tf.where(draws[:, 2 * i + 1] < 0.5, -magnitude, magnitude)
        images = _apply(images, chosen, signed, magnitude)
    return images


def _apply(images, chosen, signed, magnitude):
    """One operation on each image: all kinds are worked out for all, which runs in few large steps, and one is kept."""
    if any(name in chosen for name in _GEOMETRIC):
        images = _move(images, {name: tf.where(chosen[name], signed, 0.0) for name in _GEOMETRIC if name in chosen})
    outcomes = {
        "auto_contrast": _auto_contrast,
        "equalize": _equalize,
        "solarize": lambda x: tf.where(x >= 1 - magnitude, 1 - x, x),
        "posterize": lambda x: _posterize(x, 8 - round(4 * magnitude)),
        **{name: lambda x, name=name: _blend(x, name, signed) for name in _BLENDED},
    }
    result = images
    for name, outcome in outcomes.items():
        if name in chosen and not (name == "saturation" and images.shape[-1] == 1):
            result = tf.where(chosen[name][:, None, None, None], outcome(images), result)
    return result


def _move(images, amounts):
    """Rotate, shear or shift about the centre, bilinear."""
    height, width = images.shape[1:3]
    amounts = {name: amount * _GEOMETRIC[name] for name, amount in amounts.items()}
    zero = tf.zeros_like(next(iter(amounts.values())))
    angle, shear_x, shear_y, shift_x, shift_y = (
        amounts.get(name, zero) for name in ("rotate", "shear_x", "shear_y", "translate_x", "translate_y")
    )
    # Where an output pixel comes from; at most one of these is not zero.
    a, b = tf.cos(angle), shear_x - tf.sin(angle)
    c, d = shear_y + tf.sin(angle), tf.cos(angle)
    x, y = (width - 1) / 2, (height - 1) / 2
    transforms = tf.stack(
        [a, b, x - a * x - b * y + shift_x * width, c, d, y - c * x - d * y + shift_y * height, zero, zero], 1
    )
    return tf.raw_ops.ImageProjectiveTransformV3(
        images=images,
        transforms=transforms,
        output_shape=(height, width),
        fill_value=0.0,
        interpolation="BILINEAR",
        fill_mode="NEAREST",
    )


def _blend(images, name, signed):
    """The image moved away from, or towards, a degenerate version of it."""
    if name == "sharpness":
        base = _smooth(images)
    elif name == "brightness":
        base = tf.zeros_like(images)
    else:
        base = images if images.shape[-1] == 1 else tf.reduce_sum(images * LUMA, -1, keepdims=True)
        if name == "contrast":
            base = tf.reduce_mean(base, (1, 2), keepdims=True)
    factor = (1 + 0.9 * signed)[:, None, None, None]
    return tf.clip_by_value(base + factor * (images - base), 0.0, 1.0)


def _smooth(images):
    """A 3 x 3 mean that counts the middle five times; the outermost pixels stay."""
    height, width, channels = images.shape[1:]
    if min(height, width) < 3:
        return images
    kernel = tf.ones((3, 3, channels, 1)) / 13 + tf.pad(
        tf.fill((1, 1, channels, 1), 4 / 13), [[1, 1], [1, 1], [0, 0], [0, 0]]
    )
    inner = tf.nn.depthwise_conv2d(images, kernel, (1, 1, 1, 1), "VALID")
    edge = tf.pad(tf.ones((height - 2, width - 2), tf.bool), [[1, 1], [1, 1]])[None, :, :, None]
    return tf.where(edge, tf.pad(inner, [[0, 0], [1, 1], [1, 1], [0, 0]]), images)


def _auto_contrast(images):
    """Each channel stretched to run from 0 to 1."""
    low, high = tf.reduce_min(images, (1, 2), keepdims=True), tf.reduce_max(images, (1, 2), keepdims=True)
    flat = high <= low
    return tf.where(flat, images, (images - low) / tf.where(flat, 1.0, high - low))


def _posterize(images, bits):
    step = 2.0 ** (8 - bits)
    return tf.floor(tf.round(images * 255) / step) * step / 255


def _equalize(images):
    """Each channel's histogram of 256 levels made flat, as Pillow does it."""
    height, width, channels = images.shape[1:]
    levels = tf.cast(tf.round(images * 255), tf.int32)
    rows = tf.reshape(tf.transpose(levels, (0, 3, 1, 2)), (-1, height * width))
    count = tf.shape(rows)[0]
    bins = rows + 256 * tf.range(count)[:, None]
    histogram = tf.reshape(
        tf.math.bincount(tf.reshape(bins, (-1,)), minlength=256 * count, maxlength=256 * count), (count, 256)
    )
    last = tf.reduce_max(rows, 1)
    step = (height * width - tf.gather(histogram, last, batch_dims=1)) // 255
    before = tf.cumsum(histogram, axis=1, exclusive=True)
    table = tf.minimum((before + step[:, None] // 2) // tf.maximum(step, 1)[:, None], 255)
    table = tf.where(step[:, None] == 0, tf.range(256), table)
    flat = tf.cast(tf.gather(table, rows, batch_dims=1), tf.float32) / 255
    return tf.transpose(tf.reshape(flat, (-1, channels, height, width)), (0, 2, 3, 1))
