"""Images with a rectangle from another image, and labels to match."""

import tensorflow as tf

from keras_transfer.data.beta import beta
from keras_transfer.data.mix_up import unit_floats
from keras_transfer.data.one_hot import one_hot
from keras_transfer.data.split_seeds import split_seeds
from keras_transfer.data.uniform import uniform


def cut_mix(images, labels, seeds, *, alpha=1.0, classes=None):
    """Replace a rectangle of each image with the same place of the next one of its batch, and its share of the label.

    The share is the part of the pixels that were replaced, counted after the rectangle was cut off at the border, as in the
    paper. (`keras_cv.layers.CutMix` counts before, and draws from global state.) For use in `data.batches(..., map=...)`.

    Args:
        images: `(batch, height, width, channels)`, uint8, or floats in `[0, 1]`.
        labels: Class numbers `(batch,)` together with `classes`, or probabilities `(batch, classes)`.
        seeds: int32 of shape `(batch, 2)`.
        alpha: The kept share is drawn from Beta(alpha, alpha); 1 is uniform.
        classes: How many classes there are, if `labels` are numbers.

    Returns:
        `(images, labels)`: float32 in `[0, 1]`, and float32 of shape `(batch, classes)`.

    Raises:
        ValueError: if `alpha` is not above 0, or `labels` are neither.

    Example:
        >>> data.batches((x, y), 64, map=lambda batch, seeds: data.cut_mix(*batch, seeds, classes=10))

    Reference: [Yun et al., 2019](https://arxiv.org/abs/1905.04899)
    """
    images = unit_floats(images)
    labels = one_hot(labels, classes)
    for_share, for_place = split_seeds(seeds, 2)
    side = tf.sqrt(1 - beta(for_share, alpha))
    centre = uniform(for_place, 2)

    def inside(middle, length):
        pixel = (tf.range(length, dtype=tf.float32) + 0.5) / length
        return tf.abs(pixel - middle[:, None]) < side[:, None] / 2

    box = inside(centre[:, 0], images.shape[1])[:, :, None] & inside(centre[:, 1], images.shape[2])[:, None, :]
    kept = 1 - tf.reduce_mean(tf.cast(box, tf.float32), (1, 2))[:, None]
    return tf.where(box[..., None], tf.roll(images, -1, 0), images), labels * kept + tf.roll(labels, -1, 0) * (1 - kept)
