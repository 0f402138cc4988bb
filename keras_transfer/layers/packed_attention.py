"""Which tokens see each other when several documents share a row."""

import keras
from keras import ops


@keras.saving.register_keras_serializable("keras_transfer")
class PackedAttention(keras.layers.Layer):
    """Positions that restart with each document, and an attention mask that keeps documents apart.

    Args:
        causal: Whether a token sees only itself and what came before it.
        **kwargs: `name`, `dtype`, as in `keras.layers.Layer`.

    Input: integers of shape `(batch, length)`: which document each token belongs to, equal numbers side by side; 0 is padding.
    Output: positions, int32 of shape `(batch, length)`, and the mask, booleans of shape `(batch, length, length)`, true
    where the row's token sees the column's. Padding sees padding, so that no softmax is over nothing.

    Example:
        >>> positions, mask = keras_transfer.layers.PackedAttention()(np.array([[1, 1, 2, 2, 2, 0]]))
        >>> positions.numpy().tolist()
        [[0, 1, 0, 1, 2, 0]]

    Reference: [Krell et al., 2021](https://arxiv.org/abs/2107.02027)
    """

    def __init__(self, causal=False, **kwargs):
        super().__init__(**kwargs)
        self.causal = causal

    def call(self, documents):
        """Positions and mask."""
        same = ops.equal(documents[:, :, None], documents[:, None, :])
        places = ops.arange(ops.shape(documents)[1], dtype="int32")
        first = ops.cast(ops.argmax(ops.cast(same, "int32"), axis=-1), "int32")
        mask = ops.logical_and(same, places[:, None] >= places[None, :]) if self.causal else same
        return places[None, :] - first, mask

    def compute_output_spec(self, documents):
        """Shapes and types of positions and mask."""
        batch, length = documents.shape
        return keras.KerasTensor((batch, length), "int32"), keras.KerasTensor((batch, length, length), "bool")

    def get_config(self):
        """Arguments of the constructor."""
        return {**super().get_config(), "causal": self.causal}
