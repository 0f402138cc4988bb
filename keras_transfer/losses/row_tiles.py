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
        reduce: `reduce(of_tile, products)` takes a function that picks the tile's rows out of a tensor of `rows` rows, and their
            products, `(tile, columns)`; it returns the rows' numbers, `(tile,)`, and their derivatives by the products as
            `(tile, columns)` times `(tile, 1)`: a factor of the whole row is best kept apart, where applying it does not pass
            over the wide matrix.
        tile: Rows per tile; None chooses by size.
        temperature: Divides the products, tile by tile: no copy of all queries is made for it.

    Returns:
        float32 of shape `(rows,)`.

    Reference: [Inf-CL, Cheng et al., 2024](https://arxiv.org/abs/2410.17243)
    """
    if tile is None:
        tile = tile_rows(queries, keys, TILE_NUMBERS // 8)

    @tf.custom_gradient
    def compute(queries, keys):
        rows = rows_of(queries)
        tiles = (rows + tile - 1) // tile

        def tile_of(index, shares):
            """Values of a tile's rows, and the gradients of their sum weighted by `shares`."""
            places, inside = places_of(index, tile, rows)
            own = tf.gather(queries, places)
            products = tf.matmul(own / temperature, keys, transpose_b=True)
            values, weights, scales = reduce(lambda tensor: tf.gather(tensor, places), products)
            share = (tf.gather(shares, places) * inside)[:, None] * scales / temperature
            of_keys = tf.matmul(weights, share * own, transpose_a=True)
            return values, share * tf.matmul(weights, keys), of_keys

        def every_tile(shares):
            def body(index, values, of_queries, of_keys):
                value, of_query, of_key = tile_of(index, shares)
                return index + 1, values.write(index, value), of_queries.write(index, of_query), of_keys + of_key

            written = [written_tiles(tiles, tile), written_tiles(tiles, tile, queries.shape[1])]
            _, *written, of_keys = each_tile(tiles, body, *written, tf.zeros_like(keys))
            return *(joined(part, queries) for part in written), of_keys

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


def rows_of(tensor):
    """Number of rows: a Python number where it is known, which XLA wants shapes to be made of."""
    return tf.shape(tensor)[0] if tensor.shape[0] is None else tensor.shape[0]


def tile_rows(queries, keys, numbers):
    """Rows of a tile of `queries @ keys.T` that has about so many numbers, a Python number where shapes are known."""
    rows, columns = rows_of(queries), rows_of(keys)
    if isinstance(rows, int) and isinstance(columns, int):
        return max(1, min(rows, numbers // max(1, columns)))
    return tf.maximum(1, tf.minimum(rows, numbers // tf.maximum(1, columns)))


def places_of(index, tile, rows):
    """Which rows a tile holds, `(tile,)`, and 1 or 0 for each: the last tile is filled up with the last row, again and again.

    Tiles of one size are what XLA can compile.
    """
    places = index * tile + tf.range(tile)
    return tf.minimum(places, rows - 1), tf.cast(places < rows, tf.float32)


def written_tiles(tiles, tile, *shape):
    """An array for what is made of each tile, `(tile, *shape)` float32."""
    tile = tile if isinstance(tile, int) else None
    return tf.TensorArray(tf.float32, tiles, infer_shape=False, element_shape=[tile, *shape])


def joined(written, like):
    """The tiles one below the other, with as many rows as `like`."""
    rows = written.stack()
    rows = tf.reshape(rows, [-1, *rows.shape[2:]])[: rows_of(like)]
    return tf.ensure_shape(rows, [like.shape[0], *rows.shape[1:]])


def each_tile(tiles, body, *state):
    """Run `body(index, *state)` for each tile, in a graph or eagerly."""
    # One tile at a time: parallel iterations would hold several, which is what tiling avoids.
    return tf.while_loop(lambda index, *_: index < tiles, body, [tf.constant(0), *state], parallel_iterations=1)


def places(columns):
    """Indices into a matrix of the columns of each row: from `(rows, columns)` to `(rows, columns, 2)`."""
    rows = tf.broadcast_to(tf.range(tf.shape(columns)[0])[:, None], tf.shape(columns))
    return tf.stack([rows, columns], axis=-1)
