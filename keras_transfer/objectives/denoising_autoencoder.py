"""The denoising autoencoder: rebuild the clean input from a spoilt one."""

import keras
import tensorflow as tf

from keras_transfer.data.normal import normal
from keras_transfer.data.split_seeds import split_seeds
from keras_transfer.data.uniform import uniform
from keras_transfer.objectives.autoencoder import Autoencoder
from keras_transfer.objectives.row_seeds import row_seeds


@keras.saving.register_keras_serializable("keras_transfer")
class DenoisingAutoencoder(Autoencoder):
    """Rebuild clean inputs from noisy ones.

    The loss is the mean squared error to the clean input per element, in squared input units. `fit` and `evaluate` spoil the
    inputs, `evaluate` always in the same way; calling the model and `predict` take them as they are.

    Args:
        encoder: Model from samples `(batch, ...)` to codes.
        decoder: Model from codes to samples, built. Default: for images, `encoders.image_decoder`.
        noise: Standard deviation of the Gaussian noise added, in input units, `>= 0`.
        mask: Share of the elements set to zero, `0 <= mask < 1`.
        **kwargs: `name`, `dtype`, as in `keras.Model`.

    Trains on batches of `x` or `(x,)`, floats of shape `(batch, ...)`. Other noise: override `corrupt`.

    Raises:
        ValueError: if `noise` or `mask` is out of range.

    Example:
        >>> encoder = keras_transfer.encoders.small_cnn((28, 28, 1))
        >>> model = keras_transfer.objectives.DenoisingAutoencoder(encoder, noise=0.1)
        >>> model.compile(keras.optimizers.Adam(1e-3))
        >>> _ = model.fit(images, batch_size=128, epochs=10)

    Reference: [Vincent et al., 2008](https://doi.org/10.1145/1390156.1390294)
    """

    def __init__(self, encoder, decoder=None, noise=0.1, mask=0.0, **kwargs):
        super().__init__(encoder, decoder, **kwargs)
        if not noise >= 0:
            raise ValueError(f"`noise` must be >= 0. Received: noise={noise}")
        if not 0 <= mask < 1:
            raise ValueError(f"`mask` must be a share of the elements, 0 <= mask < 1. Received: mask={mask}")
        self.noise, self.mask = noise, mask
        # Owned, not global: `Resume` saves the state of owned generators.
        self.seed_generator = keras.random.SeedGenerator()

    def corrupt(self, inputs, seeds):
        """Spoilt copies of the inputs.

        Args:
            inputs: Floats of shape `(batch, ...)`.
            seeds: int32 of shape `(batch, 2)`, one row a sample, for `data.uniform` or `data.normal`.
        """
        elements = inputs.shape[1:].num_elements()
        for_noise, for_mask = split_seeds(seeds, 2)
        if self.noise:
            noise = normal(for_noise, elements, deviation=self.noise)
            inputs += tf.cast(tf.reshape(noise, tf.shape(inputs)), inputs.dtype)
        if self.mask:
            kept = tf.reshape(uniform(for_mask, elements) >= self.mask, tf.shape(inputs))
            inputs = tf.where(kept, inputs, tf.zeros_like(inputs))
        return inputs

    def call(self, inputs, training=None):
        """Reconstructions, of the inputs' shape; while training, from spoilt inputs."""
        if training:
            inputs = self.corrupt(inputs, row_seeds(self.seed_generator, inputs, fresh=True))
        return super().call(inputs, training=training)

    def evaluated(self, inputs):
        """Reconstructions from inputs spoilt the same way every time."""
        inputs = tf.cast(inputs, self.compute_dtype)
        return self(self.corrupt(inputs, row_seeds(self.seed_generator, inputs, fresh=False)), training=False)

    def get_config(self):
        """Arguments of the constructor."""
        return {**super().get_config(), "noise": self.noise, "mask": self.mask}
