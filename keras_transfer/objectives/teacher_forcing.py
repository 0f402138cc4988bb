"""A decoder that is shown the text it is to write, token by token."""

import keras_nlp
import tensorflow as tf

_INPUTS = {f"{side}_{what}" for side in ("encoder", "decoder") for what in ("token_ids", "padding_mask")}


def check_decoder(name, encoder):
    """Raise a ValueError where the encoder lacks one of keras-hub's four inputs of an encoder with a decoder."""
    names = set(encoder.input) if isinstance(encoder.input, dict) else set()
    if names != _INPUTS:
        raise ValueError(
            f"{name} needs an encoder with a decoder, such as keras_nlp.models.BartBackbone, with the "
            f"inputs {sorted(_INPUTS)}. Received: {encoder.name} with {sorted(names)}"
        )


def teacher_forced(encoder, read, targets, start_id, training=None):
    """Vectors from which the output layer foretells each target, `(batch, targets, width)`.

    Args:
        encoder: Encoder and decoder in one.
        read: What the encoder reads, int32 `(batch, length)`, -1 for padding.
        targets: What the decoder is to write, int32 `(batch, targets)`, -1 for padding.
        start_id: What the decoder reads before the first target.
        training: As in `keras.Model.call`.
    """
    written = tf.pad(targets[:, :-1], [[0, 0], [1, 0]], constant_values=start_id)
    hidden = encoder(
        {
            "encoder_token_ids": tf.maximum(read, 0),
            "encoder_padding_mask": tf.cast(read >= 0, tf.int32),
            "decoder_token_ids": tf.maximum(written, 0),
            "decoder_padding_mask": tf.cast(written >= 0, tf.int32),
        },
        training=training,
    )["decoder_sequence_output"]
    if isinstance(encoder, keras_nlp.models.T5Backbone) and encoder.tie_embedding_weights:
        # T5 divides them where its output layer are the token embeddings, as keras_nlp.models.T5Seq2SeqLM does.
        hidden *= tf.cast(encoder.hidden_dim**-0.5, hidden.dtype)
    return hidden


def cut_to_longest(targets):
    """Targets `(batch, tokens)`, -1 for padding behind them, without the columns that are padding in every row.

    Each batch has a length of its own, and XLA would compile every one anew: a model that calls this says `supports_jit = False`.
    """
    longest = tf.reduce_max(tf.math.count_nonzero(targets >= 0, axis=1, dtype=tf.int32))
    return targets[:, : tf.maximum(longest, 1)]
