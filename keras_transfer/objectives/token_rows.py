"""Rows of tokens, as objectives on text are fed them and as encoders want them."""

import keras
import tensorflow as tf


def token_rows(name, inputs):
    """The batch as a dict of `token_ids` and `documents`, int32 of shape `(batch, length)`; documents are 0 for padding.

    Args:
        name: Of the objective, for errors.
        inputs: Token ids, or a dict of `token_ids` with or without one of `padding_mask` (1 for tokens, 0 for padding) and
            `documents` (the number of each token's document within its row, from 1; 0 for padding).
    """
    rows = dict(inputs) if isinstance(inputs, dict) else {"token_ids": inputs}
    if "token_ids" not in rows or len(rows) > 2 or not rows.keys() <= {"token_ids", "padding_mask", "documents"}:
        raise ValueError(
            f"{name} takes token ids of shape (batch, length), or a dict of `token_ids` and one of `padding_mask` and "
            f"`documents`. Received a dict of: {sorted(rows)}"
        )
    tokens = tf.cast(rows["token_ids"], tf.int32)
    if tokens.shape.rank != 2:
        raise ValueError(f"{name} takes token ids of shape (batch, length). Received shape: {tuple(tokens.shape)}")
    documents = rows.get("documents", rows.get("padding_mask"))
    return {
        "token_ids": tokens,
        "documents": tf.ones_like(tokens) if documents is None else tf.cast(documents, tf.int32),
    }


def is_packed(inputs):
    """Whether a batch may hold several documents a row."""
    return isinstance(inputs, dict) and "documents" in inputs


def check_text_encoder(name, encoder):
    """The width of the encoder's vectors, if it turns tokens into one vector each."""
    outputs = sequence_of(encoder.output)
    if len(outputs.shape) != 3 or outputs.shape[-1] is None:
        raise ValueError(
            f"{name} needs an encoder that gives one vector a token, shape (batch, length, features). "
            f"Received: {encoder.name} with output shape {tuple(outputs.shape)}"
        )
    return outputs.shape[-1]


def unreached_weights(encoder):
    """Ids of the encoder's weights that its vectors of tokens do not depend on: those of BERT's pooler."""
    part = keras.Model(encoder.inputs, sequence_of(encoder.output))
    return frozenset(map(id, encoder.weights)) - frozenset(map(id, part.weights))


def token_embedding(name, encoder):
    """The encoder's layer of token embeddings."""
    found = [layer for layer in encoder.layers if layer.name == "token_embedding"]
    if not found:
        raise ValueError(
            f"{name} predicts tokens with the encoder's own token embeddings: name that layer `token_embedding`, as "
            f"keras-hub's backbones do. Received: {encoder.name} with layers {[layer.name for layer in encoder.layers]}"
        )
    return found[0]


def output_embeddings(embedding):
    """What the output layer multiplies with, `(vocabulary, width)`: the input embeddings, unless the layer has its own."""
    if getattr(embedding, "tie_weights", True):
        return tf.convert_to_tensor(embedding.embeddings)
    return tf.transpose(tf.convert_to_tensor(embedding.reverse_embeddings))


def encode(encoder, rows, packed, training=None):
    """One vector a token, `(batch, length, width)`, from an encoder of one input or of keras-hub's named inputs."""
    names = encoder.input.keys() if isinstance(encoder.input, dict) else None
    if names is None or "documents" not in names:
        if packed:
            raise ValueError(
                f"The rows hold several documents each, and {encoder.name} cannot keep them apart: it has no input "
                "`documents`. Use keras_transfer.encoders.text_transformer, or rows of one document each with a "
                f"`padding_mask`. Inputs it has: {sorted(names) if names else 'one, unnamed'}"
            )
        if names is None:
            return sequence_of(encoder(rows["token_ids"], training=training))
    made = {
        "token_ids": lambda: rows["token_ids"],
        "documents": lambda: rows["documents"],
        "padding_mask": lambda: tf.cast(rows["documents"] > 0, tf.int32),
        # Of BERT: sentence A or B. A row is one text here.
        "segment_ids": lambda: tf.zeros_like(rows["token_ids"]),
    }
    unknown = sorted(names - made.keys())
    if unknown:
        raise ValueError(f"{encoder.name} has inputs that no batch of text fills: {unknown}. Known: {sorted(made)}")
    return sequence_of(encoder({name: made[name]() for name in names}, training=training))


def sequence_of(outputs):
    """The vectors of the tokens among a backbone's outputs."""
    if not isinstance(outputs, dict):
        return outputs
    return outputs["sequence_output" if "sequence_output" in outputs else "decoder_sequence_output"]
