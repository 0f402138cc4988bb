"""The sum that every softmax-contrastive loss needs, in memory that does not grow with the square of the batch."""

import tensorflow as tf

# Products of up to this many numbers take the plain form (64 MiB of float32); above, a tile is at most an eighth of it.
TILE_NUMBERS = 1 << 24


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
    rows, columns = tf.shape(queries)[0], tf.shape(keys)[0]
    if tile is None:
        if (
            queries.shape[0] is not None
            and keys.shape[0] is not None
            and queries.shape[0] * keys.shape[0] <= TILE_NUMBERS
        ):
            subtracted, logits = _logits(queries / temperature, keys, exclude, positive)
            return tf.reduce_logsumexp(logits, axis=1) - subtracted
        tile = tf.minimum(rows, tf.maximum(1, TILE_NUMBERS // 8 // tf.maximum(1, columns)))
    return _tiled(queries, keys, exclude, positive, tile, temperature)


def _logits(queries, keys, exclude, positive):
    """What is subtracted from each row's sum, and the logits it is a sum over."""
    logits = tf.matmul(queries, keys, transpose_b=True)
    subtracted = tf.reduce_sum(tf.gather_nd(logits, _places(positive)), axis=1)
    if exclude.shape[1] != 0:
        # -inf, not a large negative number: it is exact in every precision. Written in place, where a mask would pass over all.
        nothing = tf.fill(tf.shape(exclude), -float("inf"))
        logits = tf.tensor_scatter_nd_update(logits, _places(exclude), nothing)
    return subtracted, logits


def _places(columns):
    """Indices into a matrix of the columns of each row, `(rows, columns, 2)`."""
    rows = tf.broadcast_to(tf.range(tf.shape(columns)[0])[:, None], tf.shape(columns))
    return tf.stack([rows, columns], axis=-1)


def _tiled(queries, keys, exclude, positive, tile, temperature):
    @tf.custom_gradient
    def compute(queries, keys):
        rows = tf.shape(queries)[0]
        tiles = (rows + tile - 1) // tile

        def tile_of(index, shares):
            """Values of a tile's rows, and the gradients of their sum weighted by `shares`."""
            part = slice(index * tile, tf.minimum((index + 1) * tile, rows))
            subtracted, logits = _logits(queries[part] / temperature, keys, exclude[part], positive[part])
            largest = tf.reduce_max(logits, axis=1, keepdims=True)
            largest = tf.where(tf.math.is_finite(largest), largest, 0.0)
            # The wide matrix is passed over once: the narrow ones are scaled instead of it.
            weights = tf.exp(logits - largest)
            sums = tf.reduce_sum(weights, axis=1, keepdims=True)
            share = shares[part, None] / sums / temperature
            if positive.shape[1] != 0:
                weights = tf.tensor_scatter_nd_sub(weights, _places(positive[part]), sums)
            of_keys = tf.matmul(weights, share * queries[part], transpose_a=True)
            return (largest + tf.math.log(sums))[:, 0] - subtracted, share * tf.matmul(weights, keys), of_keys

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
