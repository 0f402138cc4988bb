"""The multi-layer perceptron between an encoder and a loss on embeddings."""

import keras


@keras.saving.register_keras_serializable("keras_transfer")
class ProjectionHead(keras.layers.Layer):
    """Dense layers with batch norm and ReLU between them; thrown away after pretraining.

    The last layer is linear; its batch norm, where asked for, has no ReLU after it.

    Args:
        units: Width of each layer, the output's last.
        final_batch_norm: Whether a batch norm without scale or offset follows the last layer (SimSiam, MoCo v3).
        batch_norm: Whether a batch norm follows the hidden layers. Statistics are those of all replicas.
        momentum: Of the batch norms' moving statistics.
        **kwargs: `name`, `dtype`, as in `keras.layers.Layer`.

    Input shape: `(batch, features)`. Output shape: `(batch, units[-1])`.

    Raises:
        ValueError: if `units` is empty or holds a number below 1.

    Example:
        >>> keras_transfer.layers.ProjectionHead((64, 16))(np.ones((4, 32))).shape
        TensorShape([4, 16])

    Reference: [Chen et al., 2020](https://arxiv.org/abs/2002.05709), section 4.2
    """

    def __init__(self, units=(512, 128), final_batch_norm=False, batch_norm=True, momentum=0.9, **kwargs):
        super().__init__(**kwargs)
        self.units = tuple(units)
        if not self.units or min(self.units) < 1:
            raise ValueError(f"`units` must be one or more widths >= 1. Received: units={units}")
        self.final_batch_norm, self.batch_norm, self.momentum = final_batch_norm, batch_norm, momentum
        self.parts = []
        for index, width in enumerate(self.units):
            last = index == len(self.units) - 1
            normed = final_batch_norm if last else batch_norm
            # A bias before a batch norm is cancelled by it.
            self.parts.append(
                keras.layers.Dense(width, use_bias=not normed, name=f"dense_{index}", dtype=self.dtype_policy)
            )
            if normed:
                self.parts.append(
                    keras.layers.BatchNormalization(
                        momentum=momentum,
                        synchronized=True,
                        center=not last,
                        scale=not last,
                        name=f"norm_{index}",
                        dtype=self.dtype_policy,
                    )
                )
            if not last:
                self.parts.append(keras.layers.ReLU(name=f"relu_{index}", dtype=self.dtype_policy))

    def build(self, input_shape):
        """Make the weights for inputs of this shape."""
        for part in self.parts:
            part.build(input_shape)
            input_shape = part.compute_output_shape(input_shape)
        self.built = True

    def call(self, inputs, training=None):
        """Projections of shape `(batch, units[-1])`."""
        outputs = inputs
        for part in self.parts:
            batch_norm = isinstance(part, keras.layers.BatchNormalization)
            outputs = part(outputs, training=training) if batch_norm else part(outputs)
        return outputs

    def compute_output_shape(self, input_shape):
        """Shape of the projections."""
        return (*input_shape[:-1], self.units[-1])

    def get_config(self):
        """Arguments of the constructor."""
        return {
            **super().get_config(),
            "units": list(self.units),
            "final_batch_norm": self.final_batch_norm,
            "batch_norm": self.batch_norm,
            "momentum": self.momentum,
        }
