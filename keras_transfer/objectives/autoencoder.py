"""The autoencoder: squeeze the input through a code and rebuild it."""

import keras
import tensorflow as tf

from keras_transfer.objectives.decoder_for import decoder_for
from keras_transfer.objectives.objective import Objective


@keras.saving.register_keras_serializable("keras_transfer")
class Autoencoder(Objective):
    """Rebuild the input from its code.

    The loss is the mean squared error per element, in squared input units.

    Args:
        encoder: Model from samples `(batch, ...)` to codes.
        decoder: Model from codes to samples, built. Default: for images, `encoders.image_decoder`.
        **kwargs: `name`, `dtype`, as in `keras.Model`.

    Trains on batches of `x` or `(x,)`, floats of shape `(batch, ...)` in the units the encoder expects.

    Raises:
        ValueError: if the decoder does not give the encoder's input shape, or has to be given.

    Example:
        >>> encoder = keras_transfer.encoders.small_cnn((28, 28, 1))
        >>> model = keras_transfer.objectives.Autoencoder(encoder)
        >>> model.compile(keras.optimizers.Adam(1e-3))
        >>> _ = model.fit(images, batch_size=128, epochs=10)

    Reference: [Hinton and Salakhutdinov, 2006](https://doi.org/10.1126/science.1127647)
    """

    def __init__(self, encoder, decoder=None, **kwargs):
        super().__init__(encoder, **kwargs)
        self.decoder = decoder_for(type(self).__name__, encoder, tuple(encoder.output_shape[1:]), decoder)

    def call(self, inputs, training=None):
        """Reconstructions, of the inputs' shape."""
        return self.decoder(self.encoder(inputs, training=training), training=training)

    def example_losses(self, inputs, outputs, labels=None):
        """Mean squared error of each sample, `(batch,)`."""
        return squared_errors(inputs, outputs)

    def get_config(self):
        """Arguments of the constructor."""
        return {**super().get_config(), "decoder": keras.saving.serialize_keras_object(self.decoder)}


def squared_errors(inputs, outputs):
    """Mean squared error over all but the first dimension, in float32."""
    difference = tf.cast(inputs, tf.float32) - tf.cast(outputs, tf.float32)
    return tf.reduce_mean(tf.square(keras.ops.reshape(difference, (tf.shape(difference)[0], -1))), axis=1)
