"""Vision transformers."""

import keras

from keras_transfer.layers.class_token import ClassToken
from keras_transfer.layers.patch_embedding import PatchEmbedding
from keras_transfer.layers.patchify import check_patch_size
from keras_transfer.layers.transformer_blocks import transformer_blocks

# Width, depth and heads.
_SIZES = {"tiny": (192, 12, 3), "small": (384, 12, 6), "base": (768, 12, 12)}


@keras.saving.register_keras_serializable("keras_transfer")
class ViT(keras.Model):
    """A vision transformer with norms before its blocks, from images to one vector each.

    The vector is the class token's, where there is one, else the mean of the patches' tokens. `encode` gives the tokens, of all
    patches or of a few: what masked autoencoding needs.

    Args:
        input_shape: `(height, width, channels)` of images with values in 0..1.
        patch_size: Side of a patch in pixels; divides height and width.
        size: "tiny", "small" or "base", or `(width, depth, heads)`.
        class_token: Whether a learned token stands for the whole image.
        positions: "sincos" or "learned", as in `layers.PatchEmbedding`.
        dropout: In the blocks, while training.
        **kwargs: `name`, `dtype`, as in `keras.Model`.

    Raises:
        ValueError: if the size is not known, the patches do not fit the image or the heads the width.

    Example:
        >>> keras_transfer.encoders.ViT((28, 28, 1), patch_size=4, size=(64, 4, 4)).output_shape
        (None, 64)

    Reference: [Dosovitskiy et al., 2020](https://arxiv.org/abs/2010.11929); sizes as in
    [Touvron et al., 2020](https://arxiv.org/abs/2012.12877)
    """

    def __init__(
        self,
        input_shape,
        patch_size=16,
        size="tiny",
        class_token=False,
        positions="sincos",
        dropout=0.0,
        name="vit",
        dtype=None,
        **kwargs,
    ):
        width, depth, heads = _numbers(size)
        check_patch_size(input_shape, patch_size)
        options = {"dtype": keras.dtype_policies.get(dtype) if dtype else keras.config.dtype_policy()}
        inputs = keras.Input(input_shape)
        # Pixels around zero, as in the other encoders.
        rescale = keras.layers.Rescaling(2.0, -1.0, name="rescale", **options)
        embedding = PatchEmbedding(patch_size, width, positions, name="patches", **options)
        token = ClassToken(name="class_token", **options) if class_token else None
        blocks = transformer_blocks(width, depth, heads, dropout, **options)
        norm = keras.layers.LayerNormalization(epsilon=1e-6, name="norm", **options)
        tokens = embedding(rescale(inputs))
        for layer in [*([token] if token else []), *blocks, norm]:
            tokens = layer(tokens)
        if class_token:
            outputs = tokens[:, 0]
        else:
            outputs = keras.layers.GlobalAveragePooling1D(name="pool", **options)(tokens)
        super().__init__(inputs, outputs, name=name, **kwargs)
        self.image_shape, self.patch_size, self.size = tuple(input_shape), patch_size, size
        self.class_token, self.positions, self.dropout = class_token, positions, dropout
        self.width, self.depth, self.dtype_policy = width, depth, options["dtype"]

    @property
    def grid(self):
        """Patches down and across."""
        return self.image_shape[0] // self.patch_size, self.image_shape[1] // self.patch_size

    def encode(self, images, keep=None, training=None):
        """Tokens after the last norm.

        Args:
            images: Of shape `(batch, height, width, channels)`.
            keep: Integers of shape `(batch, kept)`: which patches to encode, as if the image had no others, in this order.
                Default: all, row by row.
            training: Whether dropout is on.

        Returns:
            Floats of shape `(batch, kept, width)`, with a class token `(batch, 1 + kept, width)`, that first.
        """
        tokens = self.get_layer("patches")(self.get_layer("rescale")(images))
        if keep is not None:
            tokens = keras.ops.take_along_axis(tokens, keep[:, :, None], axis=1)
        if self.class_token:
            tokens = self.get_layer("class_token")(tokens)
        for index in range(self.depth):
            tokens = self.get_layer(f"block{index + 1}")(tokens, training=training)
        return self.get_layer("norm")(tokens)

    def feature_map(self):
        """A functional model from images to the patches' tokens, `(batch, *grid, width)`, that shares this one's layers."""
        tokens = self.get_layer("norm").output
        tokens = tokens[:, 1:] if self.class_token else tokens
        outputs = keras.layers.Reshape((*self.grid, self.width), name="map")(tokens)
        return keras.Model(self.input, outputs, name=f"{self.name}_map")

    def get_config(self):
        """Arguments of the constructor."""
        return {
            "input_shape": list(self.image_shape),
            "patch_size": self.patch_size,
            "size": self.size if isinstance(self.size, str) else list(self.size),
            "class_token": self.class_token,
            "positions": self.positions,
            "dropout": self.dropout,
            "name": self.name,
            "dtype": keras.saving.serialize_keras_object(self.dtype_policy),
            "trainable": self.trainable,
        }

    @classmethod
    def from_config(cls, config, custom_objects=None):
        """The model this config is of."""
        config = dict(config)
        config["dtype"] = keras.saving.deserialize_keras_object(config["dtype"])
        return cls(**config)


def _numbers(size):
    if isinstance(size, str):
        if size not in _SIZES:
            raise ValueError(
                f"`size` must be one of {', '.join(_SIZES)}, or (width, depth, heads). Received: size={size!r}"
            )
        return _SIZES[size]
    width, depth, heads = size
    return width, depth, heads
