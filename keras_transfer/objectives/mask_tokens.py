"""Which tokens of each row are hidden, and what stands in their place."""

import numpy as np
import tensorflow as tf

from keras_transfer.data.split_seeds import split_seeds
from keras_transfer.data.uniform import uniform

# Places kept for the last word or span of a row, which is taken whole even where it passes the ratio.
_SLACK = 8


def mask_tokens(rows, seeds, ratio, special, drawable, mask_id, word_starts=None, span_length=None):
    """Hide a share of each row's tokens: 80 % become the mask, 10 % a random token, 10 % stay.

    Tokens are hidden in units: single tokens, whole words, or spans. Units are taken in random order until the share is
    reached, at least one in each row that has any; the last one is taken whole.

    Args:
        rows: Dict of `token_ids` and `documents`, int32 of shape `(batch, length)`.
        seeds: int32 of shape `(batch, 2)`, one row a row.
        ratio: Share of the tokens that are neither special nor padding.
        special: Booleans of shape `(vocabulary,)`: never hidden.
        drawable: Integers: the tokens that may come in another's place.
        mask_id: The token of the mask.
        word_starts: Booleans of shape `(vocabulary,)`, to hide words whole; or None.
        span_length: Mean number of tokens in a span, whose lengths are geometric; or None for no spans.

    Returns:
        `token_ids` with some hidden, `(batch, length)`; `positions` of the hidden ones, `(batch, places)`; and `targets`, what
        stood there, `(batch, places)`, -1 where a place is not used.
    """
    tokens = rows["token_ids"]
    for_choice, for_kinds, for_tokens = split_seeds(seeds, 3)
    positions, taken = choose_tokens(rows, for_choice, ratio, special, word_starts, span_length)
    old = tf.gather(tokens, positions, batch_dims=1)
    new = _replaced(old, for_kinds, for_tokens, drawable, mask_id)
    return put(tokens, positions, tf.where(taken, new, old)), positions, tf.where(taken, old, -1)


def choose_tokens(rows, seeds, ratio, special, word_starts=None, span_length=None):
    """Choose a share of each row's tokens, in units; arguments as in `mask_tokens`.

    Returns:
        `positions`, int32 of shape `(batch, places)`, no position twice, and booleans of the same shape: which are chosen.
    """
    tokens, documents = rows["token_ids"], rows["documents"]
    length = tf.shape(tokens)[1]
    for_units, for_order = split_seeds(seeds, 2)
    candidates = (documents > 0) & ~tf.gather(special, tokens)
    start = start_of_unit(_unit_begins(tokens, documents, candidates, for_units, word_starts, span_length))
    # One random number a unit: that of its first token.
    scores = tf.gather(uniform(for_order, length), start, batch_dims=1)
    order = tf.argsort(tf.where(candidates, scores, 2.0), axis=1, stable=True)
    wanted = tf.cast(tf.round(ratio * tf.cast(tf.math.count_nonzero(candidates, axis=1), tf.float32)), tf.int32)
    wanted = tf.maximum(wanted, 1)
    single = word_starts is None and span_length is None
    places = tf.cast(tf.math.ceil(ratio * tf.cast(length, tf.float32)), tf.int32) + (1 if single else _SLACK)
    positions = order[:, : tf.minimum(places, length)]
    # A unit is chosen if its first token is among the first `wanted`.
    within = positions - tf.gather(start, positions, batch_dims=1)
    taken = tf.range(tf.shape(positions)[1])[None] - within < wanted[:, None]
    return positions, taken & tf.gather(candidates, positions, batch_dims=1)


def flags(tokens, vocabulary):
    """Booleans of shape `(vocabulary,)`, true at these tokens."""
    marked = np.zeros(vocabulary, bool)
    marked[list(tokens)] = True
    return marked


def put(rows, positions, values):
    """`rows` of shape `(batch, length)` with `values` at `positions`, both `(batch, places)`, no position twice in a row."""
    numbers = tf.broadcast_to(tf.range(tf.shape(rows)[0])[:, None], tf.shape(positions))
    return tf.tensor_scatter_nd_update(rows, tf.stack([numbers, positions], axis=-1), values)


def _unit_begins(tokens, documents, candidates, seeds, word_starts, span_length):
    """Where a unit of hiding begins, booleans of shape `(batch, length)`."""
    if word_starts is None and span_length is None:
        return tf.ones_like(candidates)
    begins = tf.ones_like(candidates) if word_starts is None else tf.gather(word_starts, tokens)
    if span_length is not None:
        begins &= uniform(seeds, tf.shape(tokens)[1]) < 1 / span_length
    # A unit crosses neither a special token nor the end of a document.
    apart = (documents[:, 1:] != documents[:, :-1]) | ~candidates[:, :-1] | ~candidates[:, 1:]
    return begins | tf.pad(apart, [[0, 0], [1, 0]], constant_values=True)


def start_of_unit(begins):
    """Position of the first token of each token's unit, int32 of shape `(batch, length)`."""
    shape = tf.shape(begins)
    units = tf.cumsum(tf.cast(begins, tf.int32), axis=1) - 1
    places = tf.broadcast_to(tf.range(shape[1])[None], shape)
    flat = units + tf.range(shape[0])[:, None] * shape[1]
    firsts = tf.math.unsorted_segment_min(places, flat, shape[0] * shape[1])
    return tf.gather(firsts, flat)


def _replaced(tokens, for_kinds, for_tokens, drawable, mask_id):
    places = tf.shape(tokens)[1]
    kind = uniform(for_kinds, places)
    count = tf.shape(drawable)[0]
    drawn = tf.cast(uniform(for_tokens, places) * tf.cast(count, tf.float32), tf.int32)
    drawn = tf.gather(drawable, tf.minimum(drawn, count - 1))
    return tf.where(kind < 0.8, mask_id, tf.where(kind < 0.9, drawn, tokens))
