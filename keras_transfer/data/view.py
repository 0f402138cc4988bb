"""One random view of each image of a batch."""

import math

import tensorflow as tf

from keras_transfer.data.normal import normal
from keras_transfer.data.split_seeds import split_seeds
from keras_transfer.data.uniform import uniform
from keras_transfer.data.view_colour import colour_map, paint
from keras_transfer.data.view_geometry import axis_weights, blur_weights, crop_boxes, longest_side, resample, turn
from keras_transfer.data.view_taps import axis_taps, blur_taps, follow, is_large, resample_taps, tap_matrix

_DRAWS = (
    *("area", "ratio", "top", "left", "flip", "flip_vertical", "rotation"),
    *("jitter", "brightness", "contrast", "saturation", "hue", "grey", "invert"),
    *("blur", "sigma", "solarise", "noise", "erase", "erase_area", "erase_top", "erase_left"),
)


def view(images, seeds, recipe):
    """Draw a random view of each image, in one resampling and one affine map of the colours.

    A pure function of its arguments for use in `data.batches(..., map=...)`: each image's view depends on its own seed alone.

    Args:
        images: `(batch, height, width, channels)` with 1 or 3 channels, uint8, or floats in `[0, 1]`. All but the batch size
            must be known.
        seeds: int32 of shape `(batch, 2)`, one per image.
        recipe: A `ViewRecipe`.

    Returns:
        float32 of shape `(batch, size, size, channels)` in `[0, 1]`.

    Raises:
        ValueError: if the images have another shape.

    Example:
        >>> recipe = ViewRecipe.preset("small")
        >>> data.batches(images, 128, map=lambda x, seeds: view(x, seeds, recipe))
    """
    return draw_views(images, [seeds], recipe)[0]


def draw_views(images, seeds, recipe):
    """One view for each of several seeds of every image, `view` for each of `seeds` in a smaller graph and fewer steps."""
    images = tf.convert_to_tensor(images)
    if images.shape.rank != 4 or images.shape[-1] not in (1, 3) or None in images.shape[1:]:
        raise ValueError(
            "`images` must have the shape (batch, height, width, channels) with 1 or 3 channels. "
            f"Received: shape {tuple(images.shape)}"
        )
    count, seeds = len(seeds), tf.concat(seeds, 0)
    draws = dict(zip(_DRAWS, tf.unstack(uniform(seeds, len(_DRAWS)), axis=1), strict=True))
    pixels = _crop(images, count, draws, recipe)
    pixels = _colour(pixels, draws, recipe)
    if recipe.solarise:
        chosen = (draws["solarise"] < recipe.solarise)[:, None, None, None]
        pixels = tf.where(chosen & (pixels >= 0.5), 1.0 - pixels, pixels)
    if recipe.noise:
        pixels = _add_noise(pixels, seeds, draws["noise"] * recipe.noise)
    if recipe.erase:
        pixels = _erase(pixels, draws, recipe)
    return tf.split(pixels, count)


def _crop(images, count, draws, recipe):
    """`count` crops of each image with flips, rotation and blur, floats in [0, 1]."""
    source = tuple(images.shape[1:3])
    size = recipe.size or source
    scale = 1.0 / 255 if images.dtype == tf.uint8 else 1.0
    resampled = _resample_large if is_large(source, size) else _resample_small
    flip, flip_vertical = draws["flip"] < recipe.flip, draws["flip_vertical"] < recipe.flip_vertical
    box = top, left, height, width = crop_boxes(draws, recipe)
    images = tf.cast(images, tf.float32)
    if recipe.rotation:
        degrees = (draws["rotation"] * 2 - 1) * recipe.rotation
        pixels = turn(tf.concat([images] * count, 0), box, degrees, flip, flip_vertical, size) * scale
        return resampled(pixels, [], draws, recipe, size) if recipe.blur else pixels
    rows, columns = (top, height, flip_vertical, source[0], size[0]), (left, width, flip, source[1], size[1])
    return resampled(images, [rows, columns], draws, recipe, size, count, scale)


def _resample_small(images, crops, draws, recipe, size, views=1, scale=1.0):
    """Crop by a matrix for each axis and blur; without `crops`, blur alone."""
    matrices = [axis_weights(*crop) for crop in crops]
    if recipe.blur:
        sigma = _sigma(draws, recipe)
        blurs = _for_each_side(size, lambda side: blur_weights(sigma, side))
        matrices = [blur @ crop for blur, crop in zip(blurs, matrices, strict=True)] if crops else blurs
    rows, columns = matrices
    # The scale rides along in the smaller matrix.
    return _channels_last(resample(_channels_first(images), rows * scale, columns, views))


def _resample_large(images, crops, draws, recipe, size, views=1, scale=1.0):
    """As `_resample_small`, by sparse matrices."""
    matrices = []
    # The columns come first, and make the views.
    for crop, factor, copies in zip(crops, (scale, 1.0), (1, views), strict=False):
        taps, weights = axis_taps(*crop, longest_side(recipe))
        matrices.append(tap_matrix(taps, weights * factor, crop[3], copies))
    if recipe.blur:
        sigma = _sigma(draws, recipe)
        blurs = _for_each_side(size, lambda side: tap_matrix(*blur_taps(sigma, side, recipe.sigma[1]), side))
        matrices = [follow(crop, blur) for crop, blur in zip(matrices, blurs, strict=True)] if crops else blurs
    return resample_taps(images, *matrices, size)


def _for_each_side(size, make):
    rows = make(size[0])
    return [rows, rows if size[0] == size[1] else make(size[1])]


def _sigma(draws, recipe):
    sigma = recipe.sigma[0] + draws["sigma"] * (recipe.sigma[1] - recipe.sigma[0])
    return tf.where(draws["blur"] < recipe.blur, sigma, 0.0)


def _colour(pixels, draws, recipe):
    if not (recipe.jitter or recipe.grey or recipe.invert):
        return pixels
    matrix, offset = colour_map(draws, recipe, _mean(pixels))
    return paint(pixels, matrix, offset)


def _mean(pixels):
    """Of each channel, `(batch, channels)`; axis by axis, for both at once take twice as long."""
    height, width, channels = pixels.shape[1:]
    lines = tf.reduce_mean(tf.reshape(pixels, (-1, height, width * channels)), 1)
    return tf.reduce_mean(tf.reshape(lines, (-1, width, channels)), 1)


def _add_noise(pixels, seeds, sigma):
    """Gaussian noise, clipped to [0, 1]."""
    shape = pixels.shape[1:]
    # Seeds of its own: the noise must not repeat the numbers of the draws.
    noise = tf.reshape(normal(split_seeds(seeds, 1)[0], math.prod(shape)), (-1, *shape))
    return tf.clip_by_value(pixels + sigma[:, None, None, None] * noise, 0.0, 1.0)


def _erase(pixels, draws, recipe):
    height, width = pixels.shape[1:3]
    side = tf.sqrt(recipe.erase_area[0] + draws["erase_area"] * (recipe.erase_area[1] - recipe.erase_area[0]))

    def inside(start, length):
        begin = (start * (1.0 - side))[:, None]
        centre = (tf.range(length, dtype=tf.float32) + 0.5) / length
        return (centre >= begin) & (centre < begin + side[:, None])

    box = inside(draws["erase_top"], height)[:, :, None, None] & inside(draws["erase_left"], width)[:, None, :, None]
    chosen = (draws["erase"] < recipe.erase)[:, None, None, None]
    return tf.where(box & chosen, _mean(pixels)[:, None, None], pixels)


def _channels_first(images):
    height, width, channels = images.shape[1:]
    if channels > 1:  # with one, the two layouts are the same memory
        images = tf.transpose(tf.reshape(images, (-1, height * width, channels)), (0, 2, 1))
    return tf.reshape(images, (-1, channels, height, width))


def _channels_last(pixels):
    channels, height, width = pixels.shape[1:]
    if channels > 1:
        pixels = tf.transpose(tf.reshape(pixels, (-1, channels, height * width)), (0, 2, 1))
    return tf.reshape(pixels, (-1, height, width, channels))
