"""The identity, whose gradient points the other way."""

import keras
from keras import ops


@keras.saving.register_keras_serializable("keras_transfer")
class GradientReversal(keras.layers.Layer):
    """Pass inputs on unchanged and their gradients back times `-scale`.

    What follows the layer is trained to lower a loss; what comes before it is trained, in the same step, to raise it.

    Args:
        scale: Factor, `>= 0`, unless a call gives another.
        **kwargs: `name`, `dtype`, as in `keras.layers.Layer`.

    Call arguments: `inputs`, floats of any shape, and `scale`, a number or scalar tensor. Output: `inputs`.

    Raises:
        ValueError: if `scale` is below 0.

    Example:
        >>> domain = keras.layers.Dense(1)(keras_transfer.layers.GradientReversal(0.5)(features))

    Reference: [Ganin and Lempitsky, 2015](https://arxiv.org/abs/1409.7495)
    """

    def __init__(self, scale=1.0, **kwargs):
        super().__init__(**kwargs)
        if not scale >= 0:
            raise ValueError(f"`scale` must be >= 0. Received: scale={scale}")
        self.scale = scale
        self.supports_masking = True
        self.built = True

    def call(self, inputs, scale=None):
        """The inputs."""
        scale = self.scale if scale is None else scale

        @ops.custom_gradient
        def reverse(values):
            def gradient(*args, upstream=None):
                upstream = args[0] if upstream is None else upstream
                return -ops.cast(scale, upstream.dtype) * upstream

            return values, gradient

        return reverse(inputs)

    def compute_output_shape(self, input_shape):
        """As the inputs."""
        return input_shape

    def get_config(self):
        """Arguments of the constructor."""
        return {**super().get_config(), "scale": self.scale}
