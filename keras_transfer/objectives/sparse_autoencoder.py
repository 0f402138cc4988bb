"""The sparse autoencoder: a wide code of which each sample uses a little."""

import keras
import numpy as np
import tensorflow as tf

from keras_transfer.distribution.gather import sum_over_replicas
from keras_transfer.objectives.autoencoder import squared_errors
from keras_transfer.objectives.decoder_for import decoder_for
from keras_transfer.objectives.objective import Objective
from keras_transfer.objectives.views import check_vectors

_ACTIVATIONS = {"l1": "relu", "kl": "sigmoid"}


@keras.saving.register_keras_serializable("keras_transfer")
class SparseAutoencoder(Objective):
    """Rebuild the input from a code whose units are mostly off.

    A dense layer on the encoder gives the code `h` of `units` numbers. Beside the mean squared error per element, the loss is

        "l1": weight * sum_j |h_j|, with ReLU units;
        "kl": weight * sum_j KL(target, mean of h_j over the whole batch), with sigmoid units, where
              KL(p, q) = p log(p / q) + (1 - p) log((1 - p) / (1 - q)).

    Args:
        encoder: Model from samples to one vector each, `(batch, features)`.
        decoder: Model from `(batch, units)` to samples, built. Default: for images, `encoders.image_decoder`.
        penalty: "l1" or "kl".
        units: Size of the code.
        weight: Of the penalty, `>= 0`. Default: 1e-4 for "l1", 1e-3 for "kl".
        target: Share of the samples a unit is to be on for, `0 < target < 1`; for "kl" alone.
        **kwargs: `name`, `dtype`, as in `keras.Model`.

    Trains on batches of `x` or `(x,)`. Calling the model gives a dict with `reconstruction` and `code`.

    Raises:
        ValueError: if an argument is out of range, the encoder gives no vector, or the decoder has the wrong shape.

    Example:
        >>> encoder = keras_transfer.encoders.small_cnn((28, 28, 1))
        >>> model = keras_transfer.objectives.SparseAutoencoder(encoder, penalty="kl", target=0.05)
        >>> model.compile(keras.optimizers.Adam(1e-3))
        >>> _ = model.fit(images, batch_size=128, epochs=10)

    Reference: [Ng, 2011](https://web.stanford.edu/class/cs294a/sparseAutoencoder_2011new.pdf)
    """

    def __init__(self, encoder, decoder=None, penalty="l1", units=256, weight=None, target=0.05, **kwargs):
        super().__init__(encoder, **kwargs)
        width = check_vectors(type(self).__name__, encoder)
        if penalty not in _ACTIVATIONS:
            raise ValueError(f'`penalty` must be "l1" or "kl". Received: penalty={penalty!r}')
        if weight is not None and not weight >= 0:
            raise ValueError(f"`weight` must be >= 0. Received: weight={weight}")
        if units < 1:
            raise ValueError(f"`units` must be >= 1. Received: units={units}")
        if not 0 < target < 1:
            raise ValueError(f"`target` must be between 0 and 1. Received: target={target}")
        self.penalty, self.units, self.target = penalty, units, target
        self.weight = {"l1": 1e-4, "kl": 1e-3}[penalty] if weight is None else weight
        self.code = keras.layers.Dense(units, _ACTIVATIONS[penalty], name="code", dtype="float32")
        self.code.build((None, width))
        self.decoder = decoder_for(type(self).__name__, encoder, (units,), decoder)

    def call(self, inputs, training=None):
        """Dict of `reconstruction`, of the inputs' shape, and `code`, `(batch, units)`."""
        code = self.code(self.encoder(inputs, training=training))
        return {"reconstruction": self.decoder(code, training=training), "code": code}

    def example_losses(self, inputs, outputs, labels=None):
        """Loss of each sample, `(batch,)`; all share the batch's "kl"."""
        return squared_errors(inputs, outputs["reconstruction"]) + self.weight * self.penalties(outputs["code"])

    def penalties(self, code):
        """The penalty of each sample, or the whole batch's, before its weight."""
        if self.penalty == "l1":
            return tf.reduce_sum(tf.abs(code), axis=1)
        samples = sum_over_replicas(tf.cast(tf.shape(code)[0], tf.float32))
        mean = sum_over_replicas(tf.reduce_sum(code, axis=0)) / samples
        # A unit that is always off, or always on, in float32 as well.
        off, on = tf.math.log(1 - mean + 1e-7), tf.math.log(mean + 1e-7)
        entropy = self.target * np.log(self.target) + (1 - self.target) * np.log(1 - self.target)
        return tf.reduce_sum(entropy - self.target * on - (1 - self.target) * off)

    def get_config(self):
        """Arguments of the constructor."""
        return {
            **super().get_config(),
            "decoder": keras.saving.serialize_keras_object(self.decoder),
            "penalty": self.penalty,
            "units": self.units,
            "weight": self.weight,
            "target": self.target,
        }
