"""The contractive autoencoder: codes that move little when the input does."""

import keras
import tensorflow as tf

from keras_transfer.data.uniform import uniform
from keras_transfer.objectives.autoencoder import Autoencoder, squared_errors
from keras_transfer.objectives.row_seeds import row_seeds
from keras_transfer.objectives.views import check_vectors


@keras.saving.register_keras_serializable("keras_transfer")
class ContractiveAutoencoder(Autoencoder):
    """Rebuild the input from a code that ignores what the reconstruction does not need.

    Beside the mean squared error per element, the loss is `weight * ||J||_F^2`: the sum of the squares of all derivatives of
    the code with respect to the input, for the encoder as it will be used, with fixed batch statistics and no dropout.

    Args:
        encoder: Model from samples to one vector each, `(batch, features)`.
        decoder: Model from codes to samples, built. Default: for images, `encoders.image_decoder`.
        weight: Of the penalty, `>= 0`.
        probes: Random directions a sample by which the norm is estimated without bias (Hutchinson): each costs a pass through
            the encoder and back. None: exact, with as many passes as the code has numbers.
        **kwargs: `name`, `dtype`, as in `keras.Model`.

    Trains on batches of `x` or `(x,)`, floats of shape `(batch, ...)`. Calling the model gives a dict with `reconstruction`;
    while training and evaluating, `contraction`, the norms, as well.

    Raises:
        ValueError: if a number is out of range, the encoder gives no vector, or the decoder has the wrong shape.

    Example:
        >>> encoder = keras_transfer.encoders.small_cnn((28, 28, 1))
        >>> model = keras_transfer.objectives.ContractiveAutoencoder(encoder)
        >>> model.compile(keras.optimizers.Adam(1e-3))
        >>> _ = model.fit(images, batch_size=128, epochs=10)

    Reference: [Rifai et al., 2011](https://icml.cc/2011/papers/455_icmlpaper.pdf); the estimate:
    [Hutchinson, 1989](https://doi.org/10.1080/03610918908812806)
    """

    def __init__(self, encoder, decoder=None, weight=1e-3, probes=1, **kwargs):
        super().__init__(encoder, decoder, **kwargs)
        check_vectors(type(self).__name__, encoder)
        if not weight >= 0:
            raise ValueError(f"`weight` must be >= 0. Received: weight={weight}")
        if probes is not None and probes < 1:
            raise ValueError(f"`probes` must be >= 1, or None for the exact norm. Received: probes={probes}")
        self.weight, self.probes = weight, probes
        # Owned, not global: `Resume` saves the state of owned generators.
        self.seed_generator = keras.random.SeedGenerator()

    def call(self, inputs, training=None):
        """Dict of `reconstruction`, of the inputs' shape, and, while training, `contraction`, `(batch,)`."""
        outputs = {"reconstruction": super().call(inputs, training=training)}
        if training:
            outputs["contraction"] = self.contraction(inputs, fresh=True)
        return outputs

    def evaluated(self, inputs):
        """Outputs whose `contraction` is probed in the same directions every time."""
        return {**self(inputs, training=False), "contraction": self.contraction(inputs, fresh=False)}

    def example_losses(self, inputs, outputs, labels=None):
        """Loss of each sample, `(batch,)`."""
        return squared_errors(inputs, outputs["reconstruction"]) + self.weight * outputs["contraction"]

    def contraction(self, inputs, fresh=False):
        """Squared Frobenius norm of the code's Jacobian, or its estimate, `(batch,)`.

        Args:
            inputs: Floats of shape `(batch, ...)`.
            fresh: Whether to probe in new directions.
        """
        width, samples = self.encoder.output_shape[-1], tf.shape(inputs)[0]
        if self.probes is None:
            count, directions = width, tf.tile(tf.eye(width), (samples, 1))
        else:
            count = self.probes
            draws = uniform(row_seeds(self.seed_generator, inputs, fresh), count * width)
            directions = tf.reshape(tf.where(draws < 0.5, -1.0, 1.0), (-1, width))
        # A copy of the sample for each direction: samples do not see each other here, so one pass serves all.
        copies = tf.repeat(tf.cast(inputs, self.compute_dtype), count, axis=0)
        with tf.GradientTape() as tape:
            tape.watch(copies)
            codes = self.encoder(copies, training=False)
        slopes = tape.gradient(codes, copies, output_gradients=tf.cast(directions, codes.dtype))
        squares = tf.reduce_sum(tf.square(tf.reshape(tf.cast(slopes, tf.float32), (samples, count, -1))), axis=(1, 2))
        return squares if self.probes is None else squares / count

    def get_config(self):
        """Arguments of the constructor."""
        return {**super().get_config(), "weight": self.weight, "probes": self.probes}
