"""The first layer of a vision transformer."""

import keras
import numpy as np

from keras_transfer.layers.patchify import check_patch_size, patchify

_POSITIONS = ("sincos", "learned")


@keras.saving.register_keras_serializable("keras_transfer")
class PatchEmbedding(keras.layers.Layer):
    """Cut an image into patches, map each linearly to a token, add where it was.

    Args:
        patch_size: Side of a patch in pixels.
        width: Features of a token.
        positions: "sincos": fixed waves, half of the features for rows, half for columns. "learned": a weight.
        **kwargs: `name`, `dtype`, as in `keras.layers.Layer`.

    Input shape: `(batch, height, width, channels)`. Output shape: `(batch, patches, width)`, row by row.

    Raises:
        ValueError: if the patches do not fit the image, or `width` not the waves.

    Example:
        >>> keras_transfer.layers.PatchEmbedding(7, 64)(np.zeros((2, 28, 28, 1))).shape
        TensorShape([2, 16, 64])

    Reference: [Dosovitskiy et al., 2020](https://arxiv.org/abs/2010.11929)
    """

    def __init__(self, patch_size, width, positions="sincos", **kwargs):
        super().__init__(**kwargs)
        if positions not in _POSITIONS:
            raise ValueError(f"`positions` must be one of {', '.join(_POSITIONS)}. Received: positions={positions!r}")
        self.patch_size, self.width, self.positions = patch_size, width, positions
        self.project = keras.layers.Dense(width, name="project", dtype=self.dtype_policy)

    def build(self, input_shape):
        """Make the weights for images of this shape."""
        height, width, channels = input_shape[1:]
        check_patch_size(input_shape[1:], self.patch_size)
        grid = (height // self.patch_size, width // self.patch_size)
        self.project.build((None, None, self.patch_size**2 * channels))
        if self.positions == "learned":
            self.place = self.add_weight(
                shape=(1, grid[0] * grid[1], self.width),
                initializer=keras.initializers.TruncatedNormal(stddev=0.02),
                name="positions",
            )
        else:
            self.place = sincos_positions(grid, self.width)[None]
        self.built = True

    def call(self, images):
        """Tokens of shape `(batch, patches, width)`."""
        tokens = self.project(patchify(images, self.patch_size))
        return tokens + keras.ops.cast(self.place, tokens.dtype)

    def compute_output_shape(self, input_shape):
        """Shape of the tokens."""
        return (input_shape[0], (input_shape[1] // self.patch_size) * (input_shape[2] // self.patch_size), self.width)

    def get_config(self):
        """Arguments of the constructor."""
        return {
            **super().get_config(),
            "patch_size": self.patch_size,
            "width": self.width,
            "positions": self.positions,
        }


def sincos_positions(grid, width):
    """Waves of wavelengths from `2 pi` to `20000 pi` patches that tell places apart.

    Args:
        grid: Patches down and across.
        width: Numbers a place, a multiple of 4.

    Returns:
        float32 array of shape `(grid[0] * grid[1], width)`: sines and cosines of the row, then of the column.
    """
    if width % 4:
        raise ValueError(
            f"Positions of sines and cosines need a `width` that is a multiple of 4. Received: width={width}"
        )
    waves = 10000.0 ** (-np.arange(width // 4) / (width // 4))
    rows, columns = np.meshgrid(np.arange(grid[0]), np.arange(grid[1]), indexing="ij")
    angles = [place.reshape(-1, 1) * waves for place in (rows, columns)]
    parts = [function(angle) for angle in angles for function in (np.sin, np.cos)]
    return np.concatenate(parts, axis=1).astype(np.float32)
