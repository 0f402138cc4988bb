"""The sum that every softmax-contrastive loss needs, in memory that does not grow with the square of the batch."""

import tensorflow as tf

from keras_transfer.losses.row_tiles import is_small, over_row_tiles, places


def row_logsumexp(queries, keys, exclude=None, tile=None, temperature=1.0, positive=None):
    """`logsumexp` over the rows of `queries @ keys.T / temperature`, without ever holding that matrix when it is large.

    Large products are made a tile of rows at a time: memory is O((rows + columns) d + tile x columns) where the plain form
    needs up to three matrices of rows x columns. Small ones take the plain form.

    Args:
        queries: Floats of shape `(rows, d)`.
        keys: Floats of shape `(columns, d)`.
        exclude: Integers of shape `(rows, e)`: columns that each row leaves out (itself, say). Or None.
        tile: Rows per tile; None chooses by size.
        temperature: Divides the products, tile by tile: no copy of all queries is made for it.
        positive: Integers of shape `(rows,)`: the column whose product is subtracted from each row's sum, which makes it a
            cross-entropy. It may be excluded from the sum. None subtracts nothing.

    Returns:
        float32 of shape `(rows,)`.

    Reference: tiles as in [Inf-CL, Cheng et al., 2024](https://arxiv.org/abs/2410.17243)
    """
    queries, keys = tf.cast(queries, tf.float32), tf.cast(keys, tf.float32)
    exclude = tf.zeros((tf.shape(queries)[0], 0), tf.int32) if exclude is None else tf.cast(exclude, tf.int32)
    positive = (
        tf.zeros((tf.shape(queries)[0], 0), tf.int32) if positive is None else tf.cast(positive[:, None], tf.int32)
    )
    if tile is None and is_small(queries, keys):
        products = tf.matmul(queries / temperature, keys, transpose_b=True)
        subtracted, logits = _logits(products, exclude, positive)
        return tf.reduce_logsumexp(logits, axis=1) - subtracted

    def reduce(of_tile, products):
        subtracted, logits = _logits(products, of_tile(exclude), of_tile(positive))
        largest = tf.reduce_max(logits, axis=1, keepdims=True)
        largest = tf.where(tf.math.is_finite(largest), largest, 0.0)
        # The wide matrix is passed over once: the narrow ones are scaled instead of it.
        weights = tf.exp(logits - largest)
        sums = tf.reduce_sum(weights, axis=1, keepdims=True)
        if positive.shape[1] != 0:
            weights = tf.tensor_scatter_nd_sub(weights, places(of_tile(positive)), sums)
        return (largest + tf.math.log(sums))[:, 0] - subtracted, weights, 1.0 / sums

    return over_row_tiles(queries, keys, reduce, tile, temperature)


def _logits(products, exclude, positive):
    """What is subtracted from each row's sum, and the logits it is a sum over."""
    subtracted = tf.reduce_sum(tf.gather_nd(products, places(positive)), axis=1)
    if exclude.shape[1] != 0:
        # -inf, not a large negative number: it is exact in every precision. Written in place, where a mask would pass over all.
        nothing = tf.fill(tf.shape(exclude), -float("inf"))
        products = tf.tensor_scatter_nd_update(products, places(exclude), nothing)
    return subtracted, products
