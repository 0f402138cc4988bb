"""Spans taken out of rows of tokens."""

import tensorflow as tf

from keras_transfer.objectives.mask_tokens import choose_tokens, put


def hidden_spans(rows, seeds, ratio, special, span_length):
    """Which tokens are taken out, and where a span of them begins: two booleans of shape `(batch, length)`."""
    positions, taken = choose_tokens(rows, seeds, ratio, special, span_length=span_length)
    hidden = put(tf.zeros(tf.shape(rows["token_ids"]), tf.bool), positions, taken)
    before = tf.pad(hidden[:, :-1], [[0, 0], [1, 0]])
    return hidden, hidden & ~before


def compact(tokens, kept):
    """The kept tokens of each row moved to its beginning, -1 behind them; of the rows' shape."""
    order = tf.argsort(tf.cast(~kept, tf.int32), axis=1, stable=True)
    count = tf.math.count_nonzero(kept, axis=1, keepdims=True, dtype=tf.int32)
    moved = tf.gather(tokens, order, batch_dims=1)
    return tf.where(tf.range(tf.shape(tokens)[1])[None] < count, moved, -1)
