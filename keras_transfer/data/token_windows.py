"""Windows of one long row of tokens, for causal language models."""

import numpy as np
import tensorflow as tf

from keras_transfer.data.batches import batches


def token_windows(tokens, length, batch_size, *, seed=0, shuffle=True, steps=None):
    """Make a `tf.data.Dataset` of windows of `length + 1` tokens: `length` to read, and each one's next to predict.

    For training, windows begin anywhere, drawn as a function of (seed, epoch, position), as nanoGPT draws them. For
    evaluation (`shuffle=False`) they lie side by side and every token but the first is predicted exactly once; the last
    window is padded.

    Args:
        tokens: Integers of shape `(tokens,)`, kept in host memory as they are: `uint16` does for vocabularies to 65536.
        length: Tokens that the model reads.
        batch_size: Windows per batch; under a `tf.distribute` strategy, over all replicas together.
        seed: Any integer. The same seed gives the same windows.
        shuffle: Whether to draw windows (training) or to go through all tokens once (evaluation).
        steps: Batches per epoch, for training. Default: as many as read each token once on average.

    Returns:
        A `tf.data.Dataset` of dicts of `token_ids` and `padding_mask`, int32 of shape `(batch, length + 1)`.

    Raises:
        ValueError: if there are too few tokens for one window, or they are not one row of integers.

    Example:
        >>> train = keras_transfer.data.token_windows(tokens[:-10000], length=64, batch_size=12, steps=250)
        >>> held_out = keras_transfer.data.token_windows(tokens[-10000:], length=64, batch_size=12, shuffle=False)
    """
    tokens = np.asarray(tokens)
    if tokens.ndim != 1 or not np.issubdtype(tokens.dtype, np.integer):
        raise ValueError(f"`tokens` must be one row of integers. Received: shape {tokens.shape}, dtype {tokens.dtype}")
    if length < 1 or len(tokens) < length + 1:
        raise ValueError(
            f"A window takes `length` + 1 tokens, `length` >= 1. Received: length={length}, {len(tokens)} tokens"
        )
    with tf.device("CPU:0"):
        stream = tf.convert_to_tensor(tokens)

    def cut(starts):
        places = starts[:, None] + tf.range(length + 1, dtype=tf.int64)
        inside = places < len(tokens)
        token_ids = tf.gather(stream, tf.minimum(places, len(tokens) - 1))
        return {
            "token_ids": tf.where(inside, tf.cast(token_ids, tf.int32), 0),
            "padding_mask": tf.cast(inside, tf.int32),
        }

    def cut_anywhere(_, seeds):
        # A seed is 64 evenly spread bits: the remainder is uniform to within tokens / 2^64.
        choices = tf.constant(len(tokens) - length, tf.uint64)
        return cut(tf.cast(tf.math.floormod(tf.bitcast(seeds, tf.uint64), choices), tf.int64))

    if shuffle:
        steps = max(1, len(tokens) // (length * batch_size)) if steps is None else steps
        # One row a sample, all alike: where a window begins is in its seed.
        samples = np.zeros(batch_size, np.uint8)
        return batches(samples, batch_size, seed=seed, steps=steps, map=cut_anywhere)
    starts = np.arange(0, len(tokens) - 1, length)
    return batches(starts, batch_size, shuffle=False, steps=steps, map=lambda starts, _: cut(starts))
