"""Cross-entropy over a large vocabulary, in memory that does not grow with tokens x vocabulary."""

import tensorflow as tf

from keras_transfer.losses.row_tiles import each_tile

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
    likelihoods = _likelihoods(hidden, embeddings, bias, targets, tile)
    losses = likelihoods
    if label_smoothing or z_loss:
        target_logit = tf.reduce_sum(hidden * tf.gather(embeddings, targets), axis=1) + tf.gather(bias, targets)
    if label_smoothing:
        mean_logit = tf.linalg.matvec(hidden, tf.reduce_mean(embeddings, axis=0)) + tf.reduce_mean(bias)
        losses += label_smoothing * (target_logit - mean_logit)
    if z_loss:
        losses += z_loss * tf.square(likelihoods + target_logit)
    return tf.where(counted, losses, 0.0), tf.where(counted, likelihoods, 0.0)


def _likelihoods(hidden, embeddings, bias, targets, tile):
    tokens, vocabulary = tf.shape(hidden)[0], tf.shape(embeddings)[0]
    known = hidden.shape[0] is not None and embeddings.shape[0] is not None
    if tile is None:
        if known and hidden.shape[0] * embeddings.shape[0] <= WHOLE_NUMBERS:
            return _fused(targets, tf.matmul(hidden, embeddings, transpose_b=True) + bias)
        tile = tf.minimum(tokens, tf.maximum(1, TILE_NUMBERS // vocabulary))
    return _tiled(hidden, embeddings, bias, targets, tf.maximum(1, tile))


def _fused(targets, logits):
    return tf.nn.sparse_softmax_cross_entropy_with_logits(targets, logits)


def _tiled(hidden, embeddings, bias, targets, tile):
    @tf.custom_gradient
    def compute(hidden, embeddings, bias):
        tokens = tf.shape(hidden)[0]
        tiles = (tokens + tile - 1) // tile

        def part_of(index):
            part = slice(index * tile, tf.minimum((index + 1) * tile, tokens))
            return part, tf.matmul(hidden[part], embeddings, transpose_b=True) + bias

        def forward(index, out):
            part, logits = part_of(index)
            return index + 1, out.write(index, _fused(targets[part], logits))

        out = tf.TensorArray(tf.float32, tiles, infer_shape=False, element_shape=[None])
        _, out = each_tile(tiles, forward, out)

        def gradient(upstream):
            def backward(index, out, of_embeddings, of_bias):
                part, logits = part_of(index)
                # TensorFlow's kernel gives softmax - one_hot(target) beside the loss, in one pass over the tile.
                _, errors = tf.raw_ops.SparseSoftmaxCrossEntropyWithLogits(features=logits, labels=targets[part])
                errors *= upstream[part, None]
                of_embeddings += tf.matmul(errors, hidden[part], transpose_a=True)
                of_embeddings = tf.ensure_shape(of_embeddings, embeddings.shape)
                of_bias = tf.ensure_shape(of_bias + tf.reduce_sum(errors, axis=0), bias.shape)
                return index + 1, out.write(index, tf.matmul(errors, embeddings)), of_embeddings, of_bias

            out = tf.TensorArray(tf.float32, tiles, infer_shape=False, element_shape=[None, embeddings.shape[1]])
            sums = tf.zeros_like(embeddings), tf.zeros_like(bias)
            _, out, of_embeddings, of_bias = each_tile(tiles, backward, out, *sums)
            return tf.ensure_shape(out.concat(), hidden.shape), of_embeddings, of_bias

        return tf.ensure_shape(out.concat(), hidden.shape[:1]), gradient

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
