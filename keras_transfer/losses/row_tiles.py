"""Numbers made of the rows of a large product of two matrices, a tile of rows at a time."""

import tensorflow as tf

# Products of up to this many numbers take the plain form (64 MiB of float32); above, a tile is at most an eighth of it.
TILE_NUMBERS = 1 << 24


def is_small(queries, keys):
    """Whether `queries @ keys.T` is known to be small enough to be held at once."""
    rows, columns = queries.shape[0], keys.shape[0]
    return rows is not None and columns is not None and rows * columns <= TILE_NUMBERS


def over_row_tiles(queries, keys, reduce, tile=None, temperature=1.0):
    """One number for each row of `queries @ keys.T / temperature`, and its gradient, without ever holding that matrix.

    Memory is O((rows + columns) d + tile x columns).

    Args:
        queries: float32 of shape `(rows, d)`.
        keys: float32 of shape `(columns, d)`.
        reduce: `reduce(part, products)` takes a slice of rows and their products, `(tile, columns)`, and returns the rows'
            numbers, `(tile,)`, and their derivatives by the products as `(tile, columns)` times `(tile, 1)`: a factor of the
            whole row is best kept apart, where applying it does not pass over the wide matrix.
        tile: Rows per tile; None chooses by size.
        temperature: Divides the products, tile by tile: no copy of all queries is made for it.

    Returns:
        float32 of shape `(rows,)`.

    Reference: [Inf-CL, Cheng et al., 2024](https://arxiv.org/abs/2410.17243)
    """
    if tile is None:
        rows, columns = tf.shape(queries)[0], tf.shape(keys)[0]
        tile = tf.minimum(rows, tf.maximum(1, TILE_NUMBERS // 8 // tf.maximum(1, columns)))

    @tf.custom_gradient
    def compute(queries, keys):
        rows = tf.shape(queries)[0]
        tiles = (rows + tile - 1) // tile

        def tile_of(index, shares):
            """Values of a tile's rows, and the gradients of their sum weighted by `shares`."""
            part = slice(index * tile, tf.minimum((index + 1) * tile, rows))
            values, weights, scales = reduce(part, tf.matmul(queries[part] / temperature, keys, transpose_b=True))
            share = shares[part, None] * scales / temperature
            of_keys = tf.matmul(weights, share * queries[part], transpose_a=True)
            return values, share * tf.matmul(weights, keys), of_keys

        def every_tile(shares):
            def body(index, values, of_queries, of_keys):
                value, of_query, of_key = tile_of(index, shares)
                of_keys = tf.ensure_shape(of_keys + of_key, keys.shape)
                return index + 1, values.write(index, value), of_queries.write(index, of_query), of_keys

            values = tf.TensorArray(tf.float32, tiles, infer_shape=False, element_shape=[None])
            of_queries = tf.TensorArray(tf.float32, tiles, infer_shape=False, element_shape=[None, keys.shape[1]])
            _, values, of_queries, of_keys = each_tile(tiles, body, values, of_queries, tf.zeros_like(keys))
            return (
                tf.ensure_shape(values.concat(), queries.shape[:1]),
                tf.ensure_shape(of_queries.concat(), queries.shape),
                of_keys,
            )

        # The gradient of the plain sum is made along with the value, while the tile is at hand. A mean over rows, which is what
        # a loss is almost always, needs no more than that; other weights of the rows take the tiles again.
        values, of_queries, of_keys = every_tile(tf.ones_like(queries[:, 0]))

        def gradient(upstream):
            share = tf.reduce_max(upstream)
            alike = tf.equal(share, tf.reduce_min(upstream))
            gradients = tf.cond(alike, lambda: (of_queries, of_keys), lambda: tuple(every_tile(upstream)[1:]))
            # Scaled outside of the condition, where it can be done in place.
            return [tf.where(alike, share, 1.0) * gradient for gradient in gradients]

        return values, gradient

    return compute(queries, keys)


def each_tile(tiles, body, *state):
    """Run `body(index, *state)` for each tile, in a graph or eagerly."""
    # One tile at a time: parallel iterations would hold several, which is what tiling avoids.
    return tf.while_loop(lambda index, *_: index < tiles, body, [tf.constant(0), *state], parallel_iterations=1)


def places(columns):
    """Indices into a matrix of the columns of each row: from `(rows, columns)` to `(rows, columns, 2)`."""
    rows = tf.broadcast_to(tf.range(tf.shape(columns)[0])[:, None], tf.shape(columns))
    return tf.stack([rows, columns], axis=-1)
