"""Smallest singular values of a batch of features, kept small."""

import keras
from keras import ops


@keras.saving.register_keras_serializable("keras_transfer")
class BSS(keras.layers.Layer):
    """Batch spectral shrinkage: passes features on, and adds the squares of their smallest singular values to the loss.

    Directions in which a batch hardly varies are those that transfer worst; with few labels a network fits them all the same. Put
    it between the encoder and the head. It adds nothing outside of training. Each replica sees its own part of the batch.

    Args:
        strength: What the sum is multiplied with, `>= 0`.
        smallest: How many singular values, `>= 1`.
        **kwargs: `name`, `dtype`, as in `keras.layers.Layer`.

    Input and output shape: `(batch, features)`.

    Raises:
        ValueError: if an argument is out of range, or the input is not one vector a sample.

    Example:
        >>> features = keras_transfer.layers.BSS()(encoder(inputs))
        >>> model = keras.Model(inputs, keras.layers.Dense(10)(features))

    Reference: [Chen et al., 2019](https://papers.nips.cc/paper/2019/hash/c6bff625bdb0393992c9d4db0c6bbe45-Abstract.html)
    """

    def __init__(self, strength=1e-3, smallest=1, **kwargs):
        super().__init__(**kwargs)
        if strength < 0 or smallest < 1:
            raise ValueError(
                f"`strength` must be >= 0 and `smallest` >= 1. Received: strength={strength}, smallest={smallest}"
            )
        self.strength, self.smallest = strength, smallest
        self.supports_masking = True

    def build(self, input_shape):
        """Check the shape."""
        if len(input_shape) != 2:
            raise ValueError(f"Features must be one vector a sample. Received: input shape {tuple(input_shape)}")
        self.built = True

    def call(self, features, training=None):
        """The features; the loss is added when training."""
        if training:
            self.add_loss(self.strength * self.penalty(features))
        return features

    def penalty(self, features):
        """Sum of the squares of the smallest singular values of a `(batch, features)` matrix, a float32 scalar."""
        features = ops.cast(features, "float32")
        turned = ops.transpose(features)
        batch, width = ops.shape(features)
        # The smaller of the two Gram matrices: the larger has zeros on top.
        if isinstance(batch, int):
            return self._of_rows(turned if batch > width else features)
        return ops.cond(batch > width, lambda: self._of_rows(turned), lambda: self._of_rows(features))

    def _of_rows(self, rows):
        _, vectors = ops.eigh(ops.stop_gradient(ops.matmul(rows, ops.transpose(rows))))
        # For fixed eigenvectors, ascending, the gradient is the same, and finite where singular values are equal.
        lowest = ops.stop_gradient(vectors[:, : self.smallest])
        return ops.sum(ops.square(ops.matmul(ops.transpose(lowest), rows)))

    def get_config(self):
        """Arguments of the constructor."""
        return {**super().get_config(), "strength": self.strength, "smallest": self.smallest}
