"""One vector a text, from a backbone that gives one a token."""

import keras
from keras import ops

from keras_transfer.layers.padding_mask import PaddingMask


def sentence_encoder(backbone, length, pool="mean", pad_id=0, name="sentence_encoder"):
    """A functional model from rows of tokens to vectors, ready for `transfer.classifier`.

    The backbone is shared, not copied: what a later training changes in the one is changed in the other.

    Args:
        backbone: Backbone of keras-hub with `token_ids` and `padding_mask`, or `encoders.text_transformer`. Of one with a
            decoder (`BartBackbone`, `T5Backbone`) the encoder is taken.
        length: Tokens in a row.
        pool: `"mean"` over the real tokens; or `"start"`: the vector of the first.
        pad_id: The token of padding.
        name: Of the model.

    Returns:
        A `keras.Model` from int32 `(batch, length)`, as `TextTokenizer.rows(...)["token_ids"]`, to floats `(batch, width)`.

    Raises:
        ValueError: if `pool` is unknown, or the backbone has an input that a row of tokens does not fill.

    Example:
        >>> encoder = keras_transfer.encoders.sentence_encoder(pretrained.encoder, length=64)
        >>> model = keras_transfer.transfer.classifier(encoder, classes=3)
    """
    if pool not in ("mean", "start"):
        raise ValueError(f'`pool` must be "mean" or "start". Received: pool={pool!r}')
    backbone = _encoder_of(backbone)
    tokens = keras.Input((length,), dtype="int32", name="token_ids")
    mask = PaddingMask(pad_id, name="padding_mask")(tokens)
    known = {"token_ids": tokens, "padding_mask": mask, "documents": mask, "segment_ids": ops.zeros_like(tokens)}
    known |= {f"encoder_{name}": known[name] for name in ("token_ids", "padding_mask")}
    names = set(backbone.input) if isinstance(backbone.input, dict) else set()
    if not names or not names <= known.keys():
        raise ValueError(f"{backbone.name} must have inputs among {sorted(known)}. Received: {sorted(names)}")
    outputs = backbone({key: known[key] for key in names})
    if pool == "start":
        vectors = outputs[:, 0]
    else:
        vectors = keras.layers.GlobalAveragePooling1D(name="mean")(outputs, mask=mask)
    return keras.Model(tokens, vectors, name=name)


def _encoder_of(backbone):
    """The part of a backbone that its vectors of tokens depend on, sharing its layers: neither a decoder nor a pooler."""
    inputs, outputs = backbone.input, backbone.output
    if not isinstance(outputs, dict):
        return backbone
    if "encoder_sequence_output" in outputs:
        read = {name: inputs[name] for name in ("encoder_token_ids", "encoder_padding_mask")}
        return keras.Model(read, outputs["encoder_sequence_output"], name=f"{backbone.name}_encoder")
    return keras.Model(inputs, outputs["sequence_output"], name=f"{backbone.name}_encoder")
