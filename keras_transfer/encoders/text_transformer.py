"""A small transformer for text that keeps packed documents apart."""

import keras
import keras_nlp

from keras_transfer.layers.packed_attention import PackedAttention


def text_transformer(
    vocabulary_size,
    length,
    layers=4,
    heads=4,
    width=128,
    causal=False,
    dropout=0.1,
    segments=None,
    name="text_transformer",
):
    """A pre-norm transformer from tokens to one vector a token, from keras-hub's layers.

    It reads packed rows (see `data.pack`): attention stays within each document and positions restart. keras-hub's own
    backbones (`keras_nlp.models.GPT2Backbone`, `BertBackbone`, `LlamaBackbone` ...) pretrain as well, on rows that hold one
    document each.

    Args:
        vocabulary_size: Number of tokens.
        length: Most tokens in a row.
        layers: Transformer blocks.
        heads: Attention heads of each; must divide `width`.
        width: Features of each token; the feed-forward part is four times as wide.
        causal: True to predict the next token, False to fill in masked ones.
        dropout: After embeddings, attention and feed-forward parts, while training.
        segments: Unused by this encoder, None.
        name: Of the model.

    Returns:
        A functional `keras.Model`. Input: a dict of `token_ids` and `documents`, integers of shape `(batch, length)`;
        `documents` numbers the document of each token and is 0 for padding. Output: floats of shape `(batch, length, width)`.

    Raises:
        ValueError: if `heads` does not divide `width`.

    Example:
        >>> encoder = keras_transfer.encoders.text_transformer(8000, length=128)
        >>> encoder.output_shape
        (None, None, 128)
    """
