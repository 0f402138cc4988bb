"""The sum that every softmax-contrastive loss needs, in memory that does not grow with the square of the batch."""

import tensorflow as tf

# Products of up to this many numbers take the plain form (64 MiB of float32); above, a tile is at most a quarter of it.
TILE_NUMBERS = 1 << 24


def row_logsumexp(queries, keys, exclude=None, tile=None, temperature=1.0, positive=None):
    """`logsumexp` over the rows of `queries @ keys.T / temperature`, without ever holding that matrix when it is large.

    Large products are made a tile of rows at a time and made again for the gradient: memory is O(rows + tile x keys)
    where the plain form needs three matrices of rows x keys. Small ones take the plain form.

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
        tile = tf.minimum(rows, tf.maximum(1, TILE_NUMBERS // 4 // tf.maximum(1, columns)))
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

        def logits_of(index):
            part = slice(index * tile, tf.minimum((index + 1) * tile, rows))
            return part, *_logits(queries[part] / temperature, keys, exclude[part], positive[part])

        def forward(index, out, less):
            _, subtracted, logits = logits_of(index)
            return index + 1, out.write(index, tf.reduce_logsumexp(logits, axis=1)), less.write(index, subtracted)

        out, less = (tf.TensorArray(tf.float32, tiles, infer_shape=False, element_shape=[None]) for _ in range(2))
        _, out, less = each_tile(tiles, forward, out, less)
        log_sums, less = (tf.ensure_shape(part.concat(), queries.shape[:1]) for part in (out, less))

        def gradient(upstream):
            def backward(index, out, of_keys):
                part, _, logits = logits_of(index)
                weights, share = tf.exp(logits - log_sums[part, None]), upstream[part, None] / temperature
                if positive.shape[1] != 0:
                    taken = tf.ones(tf.shape(positive[part]))
                    weights = tf.tensor_scatter_nd_sub(weights, _places(positive[part]), taken)
                # The narrow matrices are scaled, not the wide one.
                of_keys += tf.matmul(weights, share * queries[part], transpose_a=True)
                out = out.write(index, share * tf.matmul(weights, keys))
                return index + 1, out, tf.ensure_shape(of_keys, keys.shape)

            out = tf.TensorArray(tf.float32, tiles, infer_shape=False, element_shape=[None, keys.shape[1]])
            _, out, of_keys = each_tile(tiles, backward, out, tf.zeros_like(keys))
            return tf.ensure_shape(out.concat(), queries.shape), of_keys

        return log_sums - less, gradient

    return compute(queries, keys)


def each_tile(tiles, body, *state):
    """Run `body(index, *state)` for each tile, in a graph or eagerly."""
    # One tile at a time: parallel iterations would hold several, which is what tiling avoids.
    return tf.while_loop(lambda index, *_: index < tiles, body, [tf.constant(0), *state], parallel_iterations=1)
