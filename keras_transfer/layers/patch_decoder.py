"""The decoder of a masked autoencoder."""

import keras
from keras import ops

from keras_transfer.layers.patch_embedding import sincos_positions
from keras_transfer.layers.transformer_blocks import transformer_blocks


@keras.saving.register_keras_serializable("keras_transfer")
class PatchDecoder(keras.layers.Layer):
    """From the tokens of the patches that were seen to the pixels of all patches.

    Tokens are mapped to `width`, a learned mask token is put in for every patch that was not seen, all are **put back in their
    places**, told where they are, passed through transformer blocks, normed and mapped linearly to pixels.

    Args:
        grid: Patches down and across.
        values: Numbers to predict a patch.
        width: Features of a token in here, a multiple of 4.
        depth: Transformer blocks.
        heads: Attention heads of each.
        class_token: Whether the first token stands for the whole image.
        **kwargs: `name`, `dtype`, as in `keras.layers.Layer`.

    Call arguments:
        tokens: Floats of shape `(batch, seen, features)`, or `(batch, 1 + seen, features)` with a class token.
        restore: Integers of shape `(batch, patches)`: at which place among first the seen and then the hidden patches each
            patch is.

    Output: float32 of shape `(batch, patches, values)`, row by row.

    Reference: [He et al., 2021](https://arxiv.org/abs/2111.06377)
    """

    def __init__(self, grid, values, width=128, depth=2, heads=4, class_token=False, **kwargs):
        super().__init__(**kwargs)
        self.grid, self.values, self.width = tuple(grid), values, width
        self.depth, self.heads, self.class_token = depth, heads, class_token
        self.project = keras.layers.Dense(width, name="project", dtype=self.dtype_policy)
        self.blocks = transformer_blocks(width, depth, heads, dtype=self.dtype_policy)
        self.norm = keras.layers.LayerNormalization(epsilon=1e-6, name="norm", dtype=self.dtype_policy)
        self.pixels = keras.layers.Dense(values, name="pixels", dtype="float32")
        self.place = sincos_positions(self.grid, width)[None]

    def build(self, tokens_shape, restore_shape=None):
        """Make the weights for tokens of this shape."""
        inner = (None, None, self.width)
        self.project.build((None, None, tokens_shape[-1]))
        for part in (*self.blocks, self.norm, self.pixels):
            part.build(inner)
        self.mask_token = self.add_weight(
            shape=(1, 1, self.width), initializer=keras.initializers.TruncatedNormal(stddev=0.02), name="mask_token"
        )
        self.built = True

    def call(self, tokens, restore, training=None):
        """Pixels of all patches."""
        tokens = self.project(tokens)
        first, seen = tokens[:, : int(self.class_token)], tokens[:, int(self.class_token) :]
        batch, count = ops.shape(seen)[0], self.grid[0] * self.grid[1]
        mask_token = ops.cast(self.mask_token, tokens.dtype)
        hidden = ops.broadcast_to(mask_token, (batch, count - seen.shape[1], self.width))
        tokens = ops.take_along_axis(ops.concatenate([seen, hidden], axis=1), restore[:, :, None], axis=1)
        tokens = ops.concatenate([first, tokens + ops.cast(self.place, tokens.dtype)], axis=1)
        for block in self.blocks:
            tokens = block(tokens, training=training)
        return self.pixels(self.norm(tokens)[:, int(self.class_token) :])

    def compute_output_spec(self, tokens, restore, training=None):
        """Shape and type of the pixels."""
        return keras.KerasTensor((tokens.shape[0], self.grid[0] * self.grid[1], self.values), "float32")

    def get_config(self):
        """Arguments of the constructor."""
        return {
            **super().get_config(),
            "grid": list(self.grid),
            "values": self.values,
            "width": self.width,
            "depth": self.depth,
            "heads": self.heads,
            "class_token": self.class_token,
        }
