"""One vector a token, from an encoder that gives one a text."""

import keras


def token_encoder(encoder, name="token_encoder"):
    """What an encoder of texts computes before it pools.

    Layers are shared, not copied: what a later training changes in the one is changed in the other.

    Args:
        encoder: Built functional model from rows of tokens to vectors `(batch, width)`, whose last operation pools a sequence, as
            `encoders.sentence_encoder` makes it, loaded from a file or not; or one that gives a sequence, which is
            returned as it is.
        name: Of the model.

    Returns:
        A `keras.Model` from the same rows to vectors `(batch, length, width)`.

    Raises:
        ValueError: if the last operation has no sequence to pool.

    Example:
        >>> encoder = keras_transfer.transfer.load_model("runs/latest/encoder.keras")
        >>> keras_transfer.encoders.token_encoder(encoder).output_shape
        (None, 64, 128)
    """
    shape = encoder.output_shape
    if isinstance(shape, tuple) and len(shape) == 3:
        return encoder
    sequence = None
    if isinstance(shape, tuple) and len(shape) == 2 and len(getattr(encoder, "outputs", None) or ()) == 1:
        history = encoder.outputs[0]._keras_history
        sequence = history.operation._inbound_nodes[history.node_index].input_tensors[0]
    if sequence is None or len(sequence.shape) != 3:
        raise ValueError(
            f"`encoder` must give one vector a token, or pool such vectors in its last layer, as encoders.sentence_encoder "
            f"does. Received: {encoder.name!r} with outputs of shape {shape}"
        )
    return keras.Model(encoder.input, sequence, name=name)
