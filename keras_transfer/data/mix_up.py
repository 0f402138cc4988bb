"""Blends of two images and their labels."""

import tensorflow as tf

from keras_transfer.data.beta import beta
from keras_transfer.data.one_hot import one_hot


def mix_up(images, labels, seeds, *, alpha=0.2, classes=None):
    """Blend each image with the next one of its batch, and their labels in the same proportion.

    For use in `data.batches(..., map=...)`, where the order is random already, so that the next image is any image. The
    proportions are a function of the seeds, unlike those of `keras_cv.layers.MixUp`, so a resumed run repeats them.

    Args:
        images: `(batch, height, width, channels)`, uint8, or floats in `[0, 1]`.
        labels: Class numbers `(batch,)` together with `classes`, or probabilities `(batch, classes)`.
        seeds: int32 of shape `(batch, 2)`.
        alpha: The first image's share is drawn from Beta(alpha, alpha): near 0 almost only one of the two is seen, 1 is
            uniform.
        classes: How many classes there are, if `labels` are numbers.

    Returns:
        `(images, labels)`: float32 in `[0, 1]`, and float32 of shape `(batch, classes)`, for a loss of probabilities such as
        `keras.losses.CategoricalCrossentropy`.

    Raises:
        ValueError: if `alpha` is not above 0, or `labels` are neither.

    Example:
        >>> data.batches((x, y), 64, map=lambda batch, seeds: data.mix_up(*batch, seeds, classes=10))

    Reference: [Zhang et al., 2018](https://arxiv.org/abs/1710.09412)
    """
    images = unit_floats(images)
    labels = one_hot(labels, classes)
    share = beta(seeds, alpha)
    blended = images * share[:, None, None, None] + tf.roll(images, -1, 0) * (1 - share[:, None, None, None])
    return blended, labels * share[:, None] + tf.roll(labels, -1, 0) * (1 - share[:, None])


def unit_floats(images):
    """Images as float32 in `[0, 1]`."""
    images = tf.convert_to_tensor(images)
    return tf.cast(images, tf.float32) / 255 if images.dtype == tf.uint8 else tf.cast(images, tf.float32)
