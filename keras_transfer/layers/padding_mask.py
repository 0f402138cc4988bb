"""Which tokens of a row are real."""

import keras
from keras import ops


@keras.saving.register_keras_serializable("keras_transfer")
class PaddingMask(keras.layers.Layer):
    """1 for tokens, 0 for padding.

    Args:
        pad_id: The token of padding.
        **kwargs: `name`, `dtype`, as in `keras.layers.Layer`.

    Input and output: int32 of shape `(batch, length)`.

    Example:
        >>> keras_transfer.layers.PaddingMask()(np.array([[7, 8, 0]])).numpy().tolist()
        [[1, 1, 0]]
    """

    def __init__(self, pad_id=0, **kwargs):
        super().__init__(**kwargs)
        self.pad_id = pad_id

    def call(self, token_ids):
        """The mask."""
        return ops.cast(ops.not_equal(token_ids, self.pad_id), "int32")

    def compute_output_spec(self, token_ids):
        """Shape and type of the mask."""
        return keras.KerasTensor(token_ids.shape, "int32")

    def get_config(self):
        """Arguments of the constructor."""
        return {**super().get_config(), "pad_id": self.pad_id}
