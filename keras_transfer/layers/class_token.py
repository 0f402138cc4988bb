"""A token that stands for the whole sequence."""

import keras
from keras import ops


@keras.saving.register_keras_serializable("keras_transfer")
class ClassToken(keras.layers.Layer):
    """Put one learned token before a sequence of tokens.

    Input shape: `(batch, tokens, width)`. Output shape: `(batch, 1 + tokens, width)`.

    Example:
        >>> keras_transfer.layers.ClassToken()(np.zeros((2, 16, 64))).shape
        TensorShape([2, 17, 64])

    Reference: [Dosovitskiy et al., 2020](https://arxiv.org/abs/2010.11929)
    """

    def build(self, input_shape):
        """Make the token."""
        self.token = self.add_weight(
            shape=(1, 1, input_shape[-1]), initializer=keras.initializers.TruncatedNormal(stddev=0.02), name="token"
        )
        self.built = True

    def call(self, tokens):
        """The sequence with the token before it."""
        token = ops.cast(self.token, tokens.dtype)
        first = ops.broadcast_to(token, (ops.shape(tokens)[0], 1, tokens.shape[-1]))
        return ops.concatenate([first, tokens], axis=1)

    def compute_output_shape(self, input_shape):
        """One token more."""
        batch, tokens, width = input_shape
        return (batch, None if tokens is None else tokens + 1, width)
