"""Directions that embeddings are compared with."""

import keras
import tensorflow as tf

from keras_transfer.losses.embeddings import unit_rows


@keras.saving.register_keras_serializable("keras_transfer")
class Prototypes(keras.layers.Layer):
    """Cosine of each embedding with each of a number of learnt directions: SwAV's prototypes, DINO's last layer.

    A dense layer without bias on embeddings of length 1 whose kernel's rows count with length 1 (weight norm with its gain
    fixed at 1). Computed, and given out, in float32 under any policy, for the results are divided by small temperatures.

    Args:
        count: How many directions, `>= 1`.
        **kwargs: `name`, `dtype`, as in `keras.layers.Layer`.

    Input shape: `(batch, features)`. Output shape: `(batch, count)`, within -1..1.

    Raises:
        ValueError: if `count < 1`.

    Example:
        >>> keras_transfer.layers.Prototypes(30)(np.ones((4, 8))).shape
        TensorShape([4, 30])

    References: [Caron et al., 2020](https://arxiv.org/abs/2006.09882); [Caron et al., 2021](https://arxiv.org/abs/2104.14294)
    """

    def __init__(self, count, **kwargs):
        super().__init__(**kwargs)
        if count < 1:
            raise ValueError(f"`count` must be >= 1. Received: count={count}")
        self.count = count

    def build(self, input_shape):
        """Draw the directions, evenly from all."""
        self.kernel = self.add_weight(
            shape=(self.count, input_shape[-1]),
            initializer=keras.initializers.RandomNormal(stddev=input_shape[-1] ** -0.5),
            autocast=False,
            name="kernel",
        )
        self.built = True

    def call(self, inputs):
        """Cosines of shape `(batch, count)`."""
        directions = unit_rows(tf.convert_to_tensor(self.kernel))
        return keras.ops.matmul(unit_rows(inputs), keras.ops.transpose(directions))

    def compute_output_spec(self, inputs):
        """Shape of the cosines, and float32."""
        return keras.KerasTensor(self.compute_output_shape(inputs.shape), dtype="float32")

    def compute_output_shape(self, input_shape):
        """Shape of the cosines."""
        return (*input_shape[:-1], self.count)

    def get_config(self):
        """Arguments of the constructor."""
        return {**super().get_config(), "count": self.count}
