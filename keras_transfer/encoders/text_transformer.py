"""A small transformer for text that keeps packed documents apart."""

import keras
import keras_nlp

from keras_transfer.layers.packed_attention import PackedAttention
from keras_transfer.layers.token_convolution import TokenConvolution


def text_transformer(
    vocabulary_size,
    length,
    layers=4,
    heads=4,
    width=128,
    causal=False,
    dropout=0.1,
    name="text_transformer",
):
    """A pre-norm transformer from tokens to one vector a token, from keras-hub's layers.

    It reads packed rows (see `data.pack`): attention stays within each document and positions restart. keras-hub's own
    backbones (`keras_nlp.models.GPT2Backbone`, `BertBackbone`, `LlamaBackbone` ...) pretrain as well, on rows that hold one
    document each.

    Before the first block a convolution tells each token its neighbours (`layers.TokenConvolution`): what hidden words teach is
    learnt many times faster so.

    Args:
        vocabulary_size: Number of tokens.
        length: Most tokens in a row.
        layers: Transformer blocks.
        heads: Attention heads of each; must divide `width`.
        width: Features of each token; the feed-forward part is four times as wide.
        causal: True to predict the next token, False to fill in masked ones.
        dropout: After embeddings, attention and feed-forward parts, while training.
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
    if width % heads:
        raise ValueError(f"`heads` must divide `width`. Received: heads={heads}, width={width}")

    tokens = keras.Input((None,), dtype="int32", name="token_ids")
    documents = keras.Input((None,), dtype="int32", name="documents")
    positions, mask = PackedAttention(causal, name="packed_attention")(documents)
    embed = keras_nlp.layers.ReversibleEmbedding(
        vocabulary_size, width, embeddings_initializer=normal_weights(), name="token_embedding"
    )
    outputs = embed(tokens)
    place = keras_nlp.layers.PositionEmbedding(length, initializer=normal_weights(), name="position_embedding")
    outputs = keras.layers.Add(name="embeddings")([outputs, place(outputs, positions=positions)])
    outputs = keras.layers.Dropout(dropout, name="embeddings_dropout")(outputs)
    outputs = TokenConvolution(causal=causal, name="neighbours")(outputs, documents)
    outputs = transformer_blocks(outputs, mask, layers, heads, dropout, causal)
    return keras.Model({"token_ids": tokens, "documents": documents}, outputs, name=name)


def transformer_blocks(vectors, mask, layers, heads, dropout, causal=False):
    """Pre-norm blocks with a norm behind them, on symbolic tensors.

    Args:
        vectors: Floats of shape `(batch, length, width)`.
        mask: Booleans of shape `(batch, length, length)`: which tokens see which.
        layers: Number of blocks.
        heads: Attention heads of each.
        dropout: After attention and feed-forward parts, while training.
        causal: Whether the blocks are keras-hub's decoders, which can generate with a cache of keys and values.

    Returns:
        Floats of the vectors' shape.
    """
    kind = keras_nlp.layers.TransformerDecoder if causal else keras_nlp.layers.TransformerEncoder
    for index in range(layers):
        block = kind(
            4 * vectors.shape[-1],
            heads,
            dropout=dropout,
            activation="gelu",
            kernel_initializer=normal_weights(),
            normalize_first=True,
            name=f"block{index + 1}",
        )
        if causal:  # and so is the mask, which keeps documents apart as well
            vectors = block(vectors, decoder_attention_mask=mask, use_causal_mask=False)
        else:
            vectors = block(vectors, attention_mask=mask)
    return keras.layers.LayerNormalization(epsilon=1e-5, name="norm")(vectors)


def normal_weights():
    """The initial weights of GPT-2 and BERT."""
    return keras.initializers.RandomNormal(stddev=0.02)
