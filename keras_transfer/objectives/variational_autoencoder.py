"""The variational autoencoder: codes are distributions, kept near a standard normal one."""

import keras
import tensorflow as tf

from keras_transfer.data.normal import normal
from keras_transfer.objectives.decoder_for import decoder_for
from keras_transfer.objectives.objective import Objective
from keras_transfer.objectives.row_seeds import row_seeds
from keras_transfer.objectives.views import check_vectors

# Standard deviations from exp(-5) to exp(5): their squares stay finite, and so does the loss.
_LOG_VARIANCES = (-10.0, 10.0)


@keras.saving.register_keras_serializable("keras_transfer")
class VariationalAutoencoder(Objective):
    """Rebuild the input from a sample of its code's distribution.

    With `mean` and `variance` of `latent` numbers from two dense heads on the encoder, and `d` elements a sample, the loss is

        sum (x - decoder(z))^2 / (2 noise^2) + beta * KL,    z ~ N(mean, variance),
        KL = 1/2 sum (mean^2 + variance - 1 - log variance),

    in nats, a bound on `-log p(x)` up to `d log(noise sqrt(2 pi))`. The encoder itself has no randomness and is fine-tuned like
    any other.

    Args:
        encoder: Model from samples to one vector each, `(batch, features)`.
        decoder: Model from `(batch, latent)` to samples, built. Default: for images, `encoders.image_decoder`.
        latent: Size of the code.
        beta: Weight of the KL term, `>= 0`; 1 is the bound itself.
        noise: Standard deviation of a pixel around what the decoder says, in input units, `> 0`. Lower rebuilds better.
        **kwargs: `name`, `dtype`, as in `keras.Model`.

    Trains on batches of `x` or `(x,)`. Calling the model gives a dict with `reconstruction`, `mean` and `log_variance`; outside
    training the reconstruction is that of the mean. `evaluate` samples, always the same way. The metric `kl` near 0 says that
    the code is not used.

    Raises:
        ValueError: if a number is out of range, the encoder gives no vector, or the decoder has the wrong shape.

    Example:
        >>> encoder = keras_transfer.encoders.small_cnn((28, 28, 1))
        >>> model = keras_transfer.objectives.VariationalAutoencoder(encoder, latent=32)
        >>> model.compile(keras.optimizers.Adam(1e-3))
        >>> _ = model.fit(images, batch_size=128, epochs=10)

    Reference: [Kingma and Welling, 2013](https://arxiv.org/abs/1312.6114); beta:
    [Higgins et al., 2017](https://openreview.net/forum?id=Sy2fzU9gl)
    """

    def __init__(self, encoder, decoder=None, latent=32, beta=1.0, noise=0.1, **kwargs):
        super().__init__(encoder, **kwargs)
        width = check_vectors(type(self).__name__, encoder)
        if latent < 1:
            raise ValueError(f"`latent` must be >= 1. Received: latent={latent}")
        if not beta >= 0:
            raise ValueError(f"`beta` must be >= 0. Received: beta={beta}")
        if not noise > 0:
            raise ValueError(f"`noise` must be > 0. Received: noise={noise}")
        self.latent, self.beta, self.noise = latent, beta, noise
        self.mean = keras.layers.Dense(latent, name="mean", dtype="float32")
        # Every sample starts at variance 1, where the KL term does not push.
        self.log_variance = keras.layers.Dense(latent, kernel_initializer="zeros", name="log_variance", dtype="float32")
        for head in (self.mean, self.log_variance):
            head.build((None, width))
        self.decoder = decoder_for(type(self).__name__, encoder, (latent,), decoder)
        self.kl_tracker = keras.metrics.Mean(name="kl")
        # Owned, not global: `Resume` saves the state of owned generators.
        self.seed_generator = keras.random.SeedGenerator()

    def call(self, inputs, training=None):
        """Dict of `reconstruction`, of the inputs' shape, and `mean` and `log_variance`, `(batch, latent)`."""
        seeds = row_seeds(self.seed_generator, inputs, fresh=True) if training else None
        return self._outputs(inputs, seeds, training)

    def evaluated(self, inputs):
        """Outputs with codes sampled the same way every time."""
        return self._outputs(inputs, row_seeds(self.seed_generator, inputs, fresh=False), training=False)

    def example_losses(self, inputs, outputs, labels=None):
        """Loss of each sample, `(batch,)`."""
        difference = tf.cast(inputs, tf.float32) - tf.cast(outputs["reconstruction"], tf.float32)
        squares = tf.reduce_sum(tf.reshape(tf.square(difference), (tf.shape(difference)[0], -1)), axis=1)
        return squares / (2 * self.noise**2) + self.beta * kl_from_standard_normal(
            outputs["mean"], outputs["log_variance"]
        )

    def compute_metrics(self, x, y, y_pred, sample_weight=None):
        """The loss and the KL term alone."""
        self.kl_tracker.update_state(kl_from_standard_normal(y_pred["mean"], y_pred["log_variance"]), sample_weight)
        return super().compute_metrics(x, y, y_pred, sample_weight)

    def _outputs(self, inputs, seeds, training):
        features = self.encoder(inputs, training=training)
        mean = code = self.mean(features)
        log_variance = tf.clip_by_value(self.log_variance(features), *_LOG_VARIANCES)
        if seeds is not None:
            code = mean + tf.exp(log_variance / 2) * normal(seeds, self.latent)
        return {
            "reconstruction": self.decoder(code, training=training),
            "mean": mean,
            "log_variance": log_variance,
        }

    def get_config(self):
        """Arguments of the constructor."""
        return {
            **super().get_config(),
            "decoder": keras.saving.serialize_keras_object(self.decoder),
            "latent": self.latent,
            "beta": self.beta,
            "noise": self.noise,
        }


def kl_from_standard_normal(mean, log_variance):
    """KL divergence in nats of N(mean, variance) from N(0, 1), summed over the last dimension."""
    return tf.reduce_sum(tf.square(mean) + tf.exp(log_variance) - 1 - log_variance, axis=-1) / 2
