"""Cross-entropy over a large vocabulary, in memory that does not grow with tokens x vocabulary."""

import tensorflow as tf

from keras_transfer.losses.row_tiles import each_tile, joined, places_of, rows_of, tile_rows, written_tiles

# Products up to this many logits are made whole (128 MiB of float32); larger ones in tiles of about this many.
WHOLE_NUMBERS, TILE_NUMBERS = 1 << 25, 1 << 21


def vocabulary_cross_entropy(hidden, embeddings, targets, bias=None, label_smoothing=0.0, z_loss=0.0, tile=None):
    """Cross-entropy of `softmax(hidden @ embeddings.T + bias)` without ever holding that matrix when it is large.

    With the logits `l` of one token, target `t` and vocabulary `V`,

        loss = logsumexp(l) - (1 - s) l_t - s / V sum_v l_v + z logsumexp(l)^2.

    Only `logsumexp(l)` needs all the logits: they are made a tile of tokens at a time, and made again for the gradient. The
    logit of the target and the mean logit are products with one row and with the mean row of the embeddings. Small products
    take the plain form, which is faster there.

    Args:
        hidden: Floats of shape `(tokens, d)`.
        embeddings: Floats of shape `(V, d)`: the output layer's weights, or the input embeddings where they are tied.
        targets: Integers of shape `(tokens,)`. A negative target is not counted: its loss and gradient are 0.
        bias: Floats of shape `(V,)`, or None.
        label_smoothing: `s` in [0, 1]: the share of the target spread evenly over the vocabulary.
        z_loss: `z >= 0`: pulls the normaliser towards 1, against drifting logits. PaLM took 1e-4.
        tile: Tokens per tile; None chooses by size.

    Returns:
        Two float32 tensors of shape `(tokens,)`: the losses, in nats, and the negative log likelihoods of the targets, which
        are the same without smoothing and z-loss. Multiply by weights of your own; divide by the number of tokens counted.

    Raises:
        ValueError: if shapes do not fit each other or a number is out of range.
        tf.errors.InvalidArgumentError: if a target is `>= V`.

    Example:
        >>> losses, _ = keras_transfer.losses.vocabulary_cross_entropy(tf.zeros((3, 8)), tf.ones((5, 8)), [0, 4, -1])
        >>> losses.numpy().round(3).tolist()  # ln 5, and the third token is not counted
        [1.6089999675750732, 1.6089999675750732, 0.0]

    References:
        - [Wijmans et al., 2024](https://arxiv.org/abs/2411.09009): why not to hold the matrix
        - [Chowdhery et al., 2022](https://arxiv.org/abs/2204.02311), section 5: z-loss
    """
    hidden, embeddings = (tf.cast(tensor, tf.float32) for tensor in (hidden, embeddings))
    targets = tf.cast(targets, tf.int32)
    _check(hidden, embeddings, targets, label_smoothing, z_loss)
    bias = tf.zeros_like(embeddings[:, 0]) if bias is None else tf.cast(bias, tf.float32)
    tf.debugging.assert_less(
        targets, tf.shape(embeddings)[0], "A target of vocabulary_cross_entropy is beyond the vocabulary."
    )
    counted, targets = targets >= 0, tf.maximum(targets, 0)
    likelihoods = _likelihoods(hidden, embeddings, bias, targets, counted, tile)
    losses = likelihoods
    if label_smoothing or z_loss:
        target_logit = tf.reduce_sum(hidden * tf.gather(embeddings, targets), axis=1) + tf.gather(bias, targets)
    if label_smoothing:
        mean_logit = tf.linalg.matvec(hidden, tf.reduce_mean(embeddings, axis=0)) + tf.reduce_mean(bias)
        losses += label_smoothing * (target_logit - mean_logit)
    if z_loss:
        losses += z_loss * tf.square(likelihoods + target_logit)
    return tf.where(counted, losses, 0.0), tf.where(counted, likelihoods, 0.0)


def _likelihoods(hidden, embeddings, bias, targets, counted, tile):
    known = hidden.shape[0] is not None and embeddings.shape[0] is not None
    if tile is None:
        if known and hidden.shape[0] * embeddings.shape[0] <= WHOLE_NUMBERS:
            return _fused(targets, tf.matmul(hidden, embeddings, transpose_b=True) + bias)
        tile = tile_rows(hidden, embeddings, TILE_NUMBERS)
    return _tiled(hidden, embeddings, bias, targets, counted, tile)


def _fused(targets, logits):
    return tf.nn.sparse_softmax_cross_entropy_with_logits(targets, logits)


def _tiled(hidden, embeddings, bias, targets, counted, tile):
    tokens = rows_of(hidden)
    tiles = (tokens + tile - 1) // tile
    # Tokens that count come first: tiles of others alone, of padding say, cost nothing.
    ones = tf.cast(counted, tf.int32)
    count = tf.reduce_sum(ones)
    place = tf.where(counted, tf.cumsum(ones), count + tf.cumsum(1 - ones)) - 1
    order = tf.scatter_nd(place[:, None], tf.range(tokens), [tokens])

    @tf.custom_gradient
    def compute(hidden, embeddings, bias):
        def tile_of(index):
            """Places in `order`, hidden vectors, logits, targets of a tile, and which of its rows are there once only."""
            places, inside = places_of(index, tile, tokens)
            rows = tf.gather(order, places)
            own = tf.gather(hidden, rows)
            return rows, own, tf.matmul(own, embeddings, transpose_b=True) + bias, tf.gather(targets, rows), inside

        def forward(index, out):
            def losses():
                _, _, logits, wanted, _ = tile_of(index)
                return _fused(wanted, logits)

            return index + 1, out.write(index, tf.cond(index * tile < count, losses, lambda: tf.zeros([tile])))

        _, out = each_tile(tiles, forward, written_tiles(tiles, tile))

        def gradient(upstream):
            def backward(index, out, of_embeddings, of_bias):
                def gradients():
                    rows, own, logits, wanted, inside = tile_of(index)
                    # TensorFlow's kernel gives softmax - one_hot(target) beside the loss, in one pass over the tile.
                    _, errors = tf.raw_ops.SparseSoftmaxCrossEntropyWithLogits(features=logits, labels=wanted)
                    errors *= (tf.gather(upstream, rows) * inside)[:, None]
                    of_own = tf.matmul(errors, embeddings)
                    return (
                        of_own,
                        of_embeddings + tf.matmul(errors, own, transpose_a=True),
                        of_bias + tf.reduce_sum(errors, 0),
                    )

                def none():
                    return tf.zeros([tile, embeddings.shape[1]]), of_embeddings, of_bias

                of_own, *sums = tf.cond(index * tile < count, gradients, none)
                return index + 1, out.write(index, of_own), *sums

            out = written_tiles(tiles, tile, embeddings.shape[1])
            _, out, *sums = each_tile(tiles, backward, out, tf.zeros_like(embeddings), tf.zeros_like(bias))
            return tf.gather(joined(out, hidden), place), *sums

        return tf.gather(joined(out, hidden), place), gradient

    return compute(hidden, embeddings, bias)


def _check(hidden, embeddings, targets, label_smoothing, z_loss):
    fits = hidden.shape.rank == embeddings.shape.rank == 2 and targets.shape.rank == 1
    fits = fits and hidden.shape[1:].is_compatible_with(embeddings.shape[1:])
    if not fits or not hidden.shape[:1].is_compatible_with(targets.shape):
        raise ValueError(
            "`hidden` must be (tokens, d), `embeddings` (vocabulary, d) and `targets` (tokens,). Received shapes: "
            f"hidden {tuple(hidden.shape)}, embeddings {tuple(embeddings.shape)}, targets {tuple(targets.shape)}"
        )
    if not 0 <= label_smoothing <= 1:
        raise ValueError(f"`label_smoothing` must be in [0, 1]. Received: label_smoothing={label_smoothing}")
    if z_loss < 0:
        raise ValueError(f"`z_loss` must be >= 0. Received: z_loss={z_loss}")
