"""Crop, flip, rotation and blur: from random numbers to one resampling per image."""

import math

import tensorflow as tf


def crop_boxes(draws, recipe):
    """Boxes `(top, left, height, width)` as parts of the image, each of shape `(batch,)`.

    As in torchvision's RandomResizedCrop the area is uniform and the ratio log-uniform, but a side that would leave the image
    is shortened instead of drawn again; only with `area` above 1 may boxes reach over the border.
    """
    area = recipe.area[0] + draws["area"] * (recipe.area[1] - recipe.area[0])
    low, high = math.log(recipe.ratio[0]), math.log(recipe.ratio[1])
    ratio = tf.exp(low + draws["ratio"] * (high - low))
    longest = longest_side(recipe)
    height, width = tf.minimum(tf.sqrt(area / ratio), longest), tf.minimum(tf.sqrt(area * ratio), longest)
    return draws["top"] * (1 - height), draws["left"] * (1 - width), height, width


def longest_side(recipe):
    """The longest side that a crop may have, as a part of the image's."""
    return math.sqrt(max(recipe.area[1], 1.0))


def source_positions(start, extent, flip, source, target):
    """Where on the source axis each target pixel lies, `(batch, target)`, and the source pixels from one to the next."""
    step = extent * (source / target)
    centre = tf.range(target, dtype=tf.float32) + 0.5
    centre = tf.where(flip[:, None], target - centre, centre)
    return tf.clip_by_value(start[:, None] * source + centre * step[:, None] - 0.5, 0.0, source - 1.0), step


def axis_weights(start, extent, flip, source, target):
    """Weights that resample one axis: linear interpolation, with a triangle as wide as a step where it shrinks.

    Args:
        start: Where the crop begins, as a part of the axis, shape `(batch,)`.
        extent: How long it is, as a part of the axis.
        flip: Boolean, whether to run backwards.
        source: Pixels on the source axis.
        target: Pixels on the target axis.

    Returns:
        float32 of shape `(batch, target, source)`; rows sum to one. Outside the image the outermost pixel counts.
    """
    position, step = source_positions(start, extent, flip, source, target)
    distance = tf.abs(position[:, :, None] - tf.range(source, dtype=tf.float32))
    weights = tf.nn.relu(1.0 - distance / tf.maximum(step, 1.0)[:, None, None])
    return weights / tf.reduce_sum(weights, -1, keepdims=True)


def blur_weights(sigma, size):
    """Gaussian blur along an axis of `size` pixels as a matrix, `(batch, size, size)`; `sigma` 0 gives the identity.

    Rows are normalised over the pixels that exist, so borders neither darken nor reflect.
    """
    distance = tf.range(size, dtype=tf.float32)[:, None] - tf.range(size, dtype=tf.float32)
    # Below a tenth of a pixel the neighbour's weight is smaller than exp(-50): the identity in float32.
    sigma = tf.maximum(sigma, 0.1)[:, None, None]
    weights = tf.exp(-0.5 * tf.square(distance / sigma))
    return weights / tf.reduce_sum(weights, -1, keepdims=True)


def resample(pixels, rows, columns, views=1):
    """Apply matrices to the rows and to the columns of images.

    Args:
        pixels: `(batch, channels, height, width)`.
        rows: `(views * batch, new height, height)`.
        columns: `(views * batch, new width, width)`.
        views: How many matrices there are to an image.

    Returns:
        `(views * batch, channels, new height, new width)`.
    """
    channels, height, width = pixels.shape[1:]
    new_height, new_width = rows.shape[1], columns.shape[1]
    rows = tf.reshape(rows, (views, -1, 1, new_height, height))
    columns = tf.reshape(columns, (views, -1, new_width, width))
    # Matrix products broadcast over the views, so that the images are not copied.
    pixels = tf.matmul(tf.reshape(pixels, (-1, channels * height, width)), columns, transpose_b=True)
    pixels = tf.matmul(rows, tf.reshape(pixels, (views, -1, channels, height, new_width)))
    return tf.reshape(pixels, (-1, channels, new_height, new_width))


def turn(images, box, degrees, flip, flip_vertical, size):
    """Crop, flip and rotate about the crop's centre in one bilinear resampling.

    Args:
        images: float32 `(batch, height, width, channels)`.
        box: As from `crop_boxes`.
        degrees: Rotation of each image, anticlockwise, shape `(batch,)`.
        flip: Boolean, left and right.
        flip_vertical: Boolean, top and bottom.
        size: `(height, width)` of the output.

    Returns:
        float32 `(batch, *size, channels)`; outside the image the outermost pixel counts.
    """
    source_height, source_width = images.shape[1:3]
    top, left, height, width = box
    step_y, step_x = height * (source_height / size[0]), width * (source_width / size[1])
    sign_x, sign_y = (tf.where(flag, -1.0, 1.0) for flag in (flip, flip_vertical))
    cosine, sine = tf.cos(degrees * (math.pi / 180)), tf.sin(degrees * (math.pi / 180))
    # Output pixel -> offset from the centre, in source pixels, flipped -> turned -> source pixel.
    a, b = cosine * sign_x * step_x, -sine * sign_y * step_y
    c, d = sine * sign_x * step_x, cosine * sign_y * step_y
    middle_x, middle_y = (left + width / 2) * source_width - 0.5, (top + height / 2) * source_height - 0.5
    out_x, out_y = (size[1] - 1) / 2, (size[0] - 1) / 2
    zero = tf.zeros_like(a)
    transforms = [a, b, middle_x - a * out_x - b * out_y, c, d, middle_y - c * out_x - d * out_y, zero, zero]
    return tf.raw_ops.ImageProjectiveTransformV3(
        images=images,
        transforms=tf.stack(transforms, 1),
        output_shape=size,
        fill_value=0.0,
        interpolation="BILINEAR",
        fill_mode="NEAREST",
    )
