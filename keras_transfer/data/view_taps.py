"""Crop, flip and blur of large images: what the matrices of `view_geometry` do, in sparse ones.

An output pixel of a crop counts two source pixels an axis, or the few of a triangle where it shrinks, and a blur some twenty; a
matrix of 224 x 224 is nearly all zeros, and the time goes into multiplying them.
"""

import math

import tensorflow as tf

from keras_transfer.data.view_geometry import source_positions

# Pixels further than this many standard deviations from the middle of a blur count less than a millionth of it, all together.
_REACH = 5.0


def is_large(source, target):
    """Whether sparse matrices are the faster way from `source` to `target`, both `(height, width)`."""
    return max(source[0] * target[0], source[1] * target[1]) > 48**2


def axis_taps(start, extent, flip, source, target, longest):
    """The weights of `axis_weights` that are not zero.

    Args:
        start: Where the crop begins, as a part of the axis, shape `(batch,)`.
        extent: How long it is, as a part of the axis.
        flip: Boolean, whether to run backwards.
        source: Pixels on the source axis.
        target: Pixels on the target axis.
        longest: The largest `extent` there may be, a number.

    Returns:
        `(taps, weights)` of shape `(batch, target, count)`: source pixels, int32, and what each counts. Rows sum to one; taps
        outside the axis weigh nothing.
    """
    position, step = source_positions(start, extent, flip, source, target)
    position, reach = position[:, :, None], tf.maximum(step, 1.0)[:, None, None]
    count = math.ceil(2 * max(longest * source / target, 1.0))
    taps = tf.floor(position - reach) + 1 + tf.range(count, dtype=tf.float32)
    weights = tf.nn.relu(1.0 - tf.abs(position - taps) / reach)
    return tf.cast(taps, tf.int32), _normalised(weights, (taps >= 0) & (taps < source))


def blur_taps(sigma, size, largest):
    """The weights of `blur_weights` that count, as `(taps, weights)` of shape `(batch, size, count)`.

    Args:
        sigma: Standard deviation of each image's blur in pixels, shape `(batch,)`; 0 gives the identity.
        size: Pixels on the axis.
        largest: The largest `sigma` there may be, a number.
    """
    reach = min(math.ceil(_REACH * largest), size - 1)
    distance = tf.range(-reach, reach + 1)
    taps = tf.range(size)[:, None] + distance
    sigma = tf.maximum(sigma, 0.1)[:, None]  # as in `blur_weights`
    distance = tf.cast(distance, tf.float32)
    bell = tf.where(tf.abs(distance) <= _REACH * sigma, tf.exp(-0.5 * tf.square(distance / sigma)), 0.0)
    weights = _normalised(bell[:, None], (taps >= 0) & (taps < size))
    return tf.broadcast_to(taps, tf.shape(weights)), weights


def _normalised(weights, inside):
    weights = tf.where(inside, weights, 0.0)
    return weights / tf.reduce_sum(weights, -1, keepdims=True)


def tap_matrix(taps, weights, source, views=1):
    """One sparse matrix that applies taps to an axis of all images, which lie end to end.

    Args:
        taps: int32 of shape `(views * images, target, count)`.
        weights: float32 of that shape; taps that weigh nothing are left out.
        source: Pixels on the axis.
        views: How many rows of taps there are to an image.

    Returns:
        A CSR matrix of shape `(views * images * target, images * source)`, as a variant tensor.
    """
    batch, (target, count) = tf.shape(taps)[0], taps.shape[1:]
    images = batch // views
    first = tf.tile(tf.range(images) * source, [views])
    weights = tf.reshape(weights, [-1])
    kept = tf.where(weights > 0)[:, 0]
    columns = tf.gather(tf.reshape(taps + first[:, None, None], [-1]), kept)
    return tf.raw_ops.SparseTensorToCSRSparseMatrix(
        indices=tf.stack([kept // count, tf.cast(columns, tf.int64)], 1),
        values=tf.gather(weights, kept),
        dense_shape=tf.cast([batch * target, images * source], tf.int64),
    )


def follow(first, then):
    """One sparse matrix that applies `first` and `then`."""
    return tf.raw_ops.SparseMatrixSparseMatMul(a=then, b=first, type=tf.float32)


def resample_taps(images, rows, columns, size):
    """Apply matrices of `tap_matrix` to the rows and to the columns of images.

    Args:
        images: float32 `(images, height, width, channels)`.
        rows: A matrix for `views * images` images.
        columns: A matrix for `views` views of `images` images.
        size: `(new height, new width)`.

    Returns:
        float32 `(views * images, new height, new width, channels)`.
    """
    for matrix, target in ((columns, size[1]), (rows, size[0])):
        # The axis comes first, for the matrix adds up whole lines.
        images = tf.transpose(images, (0, 2, 1, 3))
        other, channels = images.shape[2:]
        lines = tf.raw_ops.SparseMatrixMatMul(a=matrix, b=tf.reshape(images, (-1, other * channels)))
        images = tf.reshape(lines, (-1, target, other, channels))
    return images
