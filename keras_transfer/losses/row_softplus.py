"""The sum of the sigmoid-contrastive loss, in memory that does not grow with the square of the batch."""

import tensorflow as tf

from keras_transfer.losses.row_tiles import is_small, over_row_tiles, places


def row_softplus(queries, keys, positive, tile=None):
    """The sum over the rows of `softplus(queries @ keys.T)`, with the sign of each row's positive product turned.

    That is the loss of a row of independent yes-or-no questions, of which one has the answer yes. Large products are made a tile
    of rows at a time, as in `row_logsumexp`.

    Args:
        queries: Floats of shape `(rows, d)`.
        keys: Floats of shape `(columns, d)`.
        positive: Integers of shape `(rows,)`: the column whose answer is yes.
        tile: Rows per tile; None chooses by size.

    Returns:
        float32 of shape `(rows,)`.
    """
    queries, keys = tf.cast(queries, tf.float32), tf.cast(keys, tf.float32)
    positive = tf.cast(positive[:, None], tf.int32)
    if tile is None and is_small(queries, keys):
        products = tf.matmul(queries, keys, transpose_b=True)
        return tf.reduce_sum(tf.math.softplus(_turned(products, places(positive))), axis=1)

    def reduce(of_tile, products):
        yes = places(of_tile(positive))
        products = _turned(products, yes)
        weights = _turned(tf.sigmoid(products), yes)
        return tf.reduce_sum(tf.math.softplus(products), axis=1), weights, tf.ones_like(products[:, :1])

    return over_row_tiles(queries, keys, reduce, tile)


def _turned(matrix, where):
    """The matrix with the opposite sign in some places."""
    return tf.tensor_scatter_nd_update(matrix, where, -tf.gather_nd(matrix, where))
