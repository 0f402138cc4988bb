"""The network that tells two domains apart."""

import keras
import tensorflow as tf

from keras_transfer.layers.gradient_reversal import GradientReversal
from keras_transfer.losses.whole_batch import whole_mean


@keras.saving.register_keras_serializable("keras_transfer")
class DomainHead(keras.layers.Layer):
    """A perceptron from vectors to one float32 logit; above 0 it says source.

    Args:
        hidden: Widths of its hidden layers.
        **kwargs: `name`, `dtype`, as in `keras.layers.Layer`.

    Raises:
        ValueError: if a width is below 1.
    """

    def __init__(self, hidden=(128, 128), **kwargs):
        super().__init__(autocast=False, **kwargs)
        self.hidden = tuple(hidden)
        if any(width < 1 for width in self.hidden):
            raise ValueError(f"`hidden` must be widths >= 1. Received: hidden={self.hidden}")
        self.reversal = GradientReversal(dtype="float32", name="reversal")
        self.parts = [
            keras.layers.Dense(width, activation="relu", name=f"hidden{index}", dtype=self.dtype_policy)
            for index, width in enumerate(self.hidden)
        ]
        self.parts.append(keras.layers.Dense(1, dtype="float32", name="logit"))

    def build(self, input_shape):
        """Make the weights for vectors of this width."""
        width = input_shape[-1]
        for part in self.parts:
            part.build((None, width))
            width = part.units
        self.built = True

    def call(self, features):
        """Logits, `(rows, 1)`."""
        for part in self.parts:
            features = part(features)
        return features

    def confusion(self, source, target, scale, source_weights=None, target_weights=None):
        """Its loss, with the gradient times `-scale` on the way to the features.

        Args:
            source: float32 features `(rows, width)`.
            target: As `source`; rows may differ.
            scale: float32 scalar.
            source_weights: float32 of shape `(rows,)`, what each sample counts. None: all alike.
            target_weights: As `source_weights`.

        Returns:
            The mean of both domains' mean binary cross-entropies over the whole batch, a float32 scalar.
        """
        said, rows = self(self.reversal(tf.concat([source, target], 0), scale=scale))[:, 0], tf.shape(source)[0]
        of_source = whole_mean(tf.nn.softplus(-said[:rows]), source_weights)
        return (of_source + whole_mean(tf.nn.softplus(said[rows:]), target_weights)) / 2.0

    def get_config(self):
        """Arguments of the constructor."""
        config = super().get_config()
        config.pop("autocast", None)
        return {**config, "hidden": list(self.hidden)}
