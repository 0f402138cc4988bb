"""The sum that every softmax-contrastive loss needs, in memory that does not grow with the square of the batch."""

import tensorflow as tf

# Products of up to this many numbers take the plain form (64 MiB of float32); above, a tile is at most an eighth of it.
TILE_NUMBERS = 1 << 24


def row_logsumexp(queries, keys, exclude=None, tile=None):
    """`logsumexp` over the rows of `queries @ keys.T`, without ever holding that matrix when it is large.

    Large products are made a tile of rows at a time and made again for the gradient: memory is O(rows + tile x keys)
    where the plain form needs three matrices of rows x keys. Small ones take the plain form.

    Args:
        queries: Floats of shape `(rows, d)`, already divided by the temperature.
        keys: Floats of shape `(columns, d)`.
        exclude: Integers of shape `(rows, e)`: columns that each row leaves out (itself, say). Or None.
        tile: Rows per tile; None chooses by size.

    Returns:
        float32 of shape `(rows,)`.

    Reference: tiles as in [Inf-CL, Cheng et al., 2024](https://arxiv.org/abs/2410.17243)
    """
    queries, keys = tf.cast(queries, tf.float32), tf.cast(keys, tf.float32)
    exclude = tf.zeros((tf.shape(queries)[0], 0), tf.int32) if exclude is None else tf.cast(exclude, tf.int32)
    rows, columns = tf.shape(queries)[0], tf.shape(keys)[0]
    if tile is None:
        if (
            queries.shape[0] is not None
            and keys.shape[0] is not None
            and queries.shape[0] * keys.shape[0] <= TILE_NUMBERS
        ):
            return tf.reduce_logsumexp(_logits(queries, keys, exclude), axis=1)
        tile = tf.minimum(rows, tf.maximum(1, TILE_NUMBERS // 8 // tf.maximum(1, columns)))
    return _tiled(queries, keys, exclude, tile)


def _logits(queries, keys, exclude):
    logits = tf.matmul(queries, keys, transpose_b=True)
    if exclude.shape[1] == 0:
        return logits
    rows = tf.broadcast_to(tf.range(tf.shape(exclude)[0])[:, None], tf.shape(exclude))
    # -inf, not a large negative number: it is exact in every precision. Written in place, where a mask would pass over all.
    return tf.tensor_scatter_nd_update(
        logits, tf.stack([rows, exclude], axis=-1), tf.fill(tf.shape(exclude), -float("inf"))
    )


def _tiled(queries, keys, exclude, tile):
    @tf.custom_gradient
    def compute(queries, keys):
        rows = tf.shape(queries)[0]
        tiles = (rows + tile - 1) // tile

        def logits_of(index):
            part = slice(index * tile, tf.minimum((index + 1) * tile, rows))
            return part, _logits(queries[part], keys, exclude[part])

        def forward(index, out):
            _, logits = logits_of(index)
            return index + 1, out.write(index, tf.reduce_logsumexp(logits, axis=1))

        out = tf.TensorArray(tf.float32, tiles, infer_shape=False, element_shape=[None])
        _, out = each_tile(tiles, forward, out)
        log_sums = tf.ensure_shape(out.concat(), queries.shape[:1])

        def gradient(upstream):
            def backward(index, out, of_keys):
                part, logits = logits_of(index)
                weights, share = tf.exp(logits - log_sums[part, None]), upstream[part, None]
                # The narrow matrices are scaled, not the wide one.
                of_keys += tf.matmul(weights, share * queries[part], transpose_a=True)
                out = out.write(index, share * tf.matmul(weights, keys))
                return index + 1, out, tf.ensure_shape(of_keys, keys.shape)

            out = tf.TensorArray(tf.float32, tiles, infer_shape=False, element_shape=[None, keys.shape[1]])
            _, out, of_keys = each_tile(tiles, backward, out, tf.zeros_like(keys))
            return tf.ensure_shape(out.concat(), queries.shape), of_keys

        return log_sums, gradient

    return compute(queries, keys)


def each_tile(tiles, body, *state):
    """Run `body(index, *state)` for each tile, in a graph or eagerly."""
    # One tile at a time: parallel iterations would hold several, which is what tiling avoids.
    return tf.while_loop(lambda index, *_: index < tiles, body, [tf.constant(0), *state], parallel_iterations=1)
