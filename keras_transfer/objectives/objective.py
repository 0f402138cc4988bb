"""What every pretraining objective shares."""

import keras

from keras_transfer.objectives.whole_batch_model import WholeBatchModel


@keras.saving.register_keras_serializable("keras_transfer")
class Objective(WholeBatchModel):
    """A pretraining objective: a Keras model around the user's encoder, trained with plain `compile` and `fit`.

    To write your own, build every part in `__init__`, give `call`, which turns a batch into outputs, and
    `example_losses`, which turns outputs into one loss a sample:

        class Rotation(keras_transfer.objectives.Objective):
            def __init__(self, encoder, **kwargs):
                super().__init__(encoder, **kwargs)
                self.head = keras.layers.Dense(4)
                self.head.build(encoder.output_shape)

            def call(self, images, training=None):
                return self.head(self.encoder(images, training=training))

            def example_losses(self, inputs, outputs, labels=None):
                return keras.losses.sparse_categorical_crossentropy(labels, outputs, from_logits=True)

    The loss that is minimised and shown is the mean over the *whole* batch, over all replicas, whatever share of it each
    replica holds.

    Args:
        encoder: The model to pretrain, built, one input. It stays yours: `objective.encoder is encoder`.
        **kwargs: `name`, `dtype`, as in `keras.Model`.

    Raises:
        TypeError: if `encoder` is not a Keras layer or model.
        ValueError: if `encoder` is not built.
    """

    def __init__(self, encoder, **kwargs):
        super().__init__(**kwargs)
        check_encoder("encoder", encoder)
        self.encoder = encoder
        # Parts are built in `__init__`, so that a saved objective loads, and a killed one resumes, without data.
        self.built = True

    def get_config(self):
        """Arguments of the constructor; a subclass adds its own."""
        return {**super().get_config(), "encoder": keras.saving.serialize_keras_object(self.encoder)}


def check_encoder(argument, encoder):
    """Stop if an encoder is no Keras model, or its output shape is not known yet."""
    if not isinstance(encoder, keras.layers.Layer):
        raise TypeError(f"`{argument}` must be a Keras model or layer. Received: {encoder!r}")
    if not encoder.built:
        raise ValueError(
            f"`{argument}` must be built, so that its output shape is known: start it with keras.Input, or call it once on a "
            f"batch. Received: {encoder.name}, not built"
        )
