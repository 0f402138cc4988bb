"""The blocks of a transformer."""

import keras_nlp


def transformer_blocks(width, depth, heads, dropout=0.0, **options):
    """Blocks with the norm before attention and feed-forward part, the latter four times as wide.

    Args:
        width: Features of a token.
        depth: How many blocks.
        heads: Attention heads, which divide the width.
        dropout: After attention and feed-forward part, while training.
        **options: Of every block, such as `dtype`.

    Returns:
        A list of layers, named block1, block2 ...

    Raises:
        ValueError: if `heads` does not divide `width`.
    """
    if width % heads:
        raise ValueError(f"Attention heads must divide the width. Received: width={width}, heads={heads}")
    return [
        keras_nlp.layers.TransformerEncoder(
            4 * width,
            heads,
            dropout=dropout,
            activation="gelu",
            layer_norm_epsilon=1e-6,
            kernel_initializer="glorot_uniform",
            normalize_first=True,
            name=f"block{index + 1}",
            **options,
        )
        for index in range(depth)
    ]
