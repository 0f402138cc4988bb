"""What objectives on images with texts share."""

import keras
import tensorflow as tf

from keras_transfer.distribution.assign import assign
from keras_transfer.objectives.gradient_cache import check_chunks, encode
from keras_transfer.objectives.objective import Objective, check_encoder
from keras_transfer.objectives.views import check_vectors


@keras.saving.register_keras_serializable("keras_transfer")
class ImageTextObjective(Objective):
    """An objective on images and the texts that belong to them, in one space; give it `example_losses` and it is complete.

    Trains on batches of `((images, texts),)`: one input that is a pair, row i of the texts describing row i of the images. The
    scale of the cosines is learned, `exp(log_scale)`, and never above 100.

    Args:
        encoder: Model from images to one vector each, `(batch, features)`.
        text_encoder: Model from whatever it takes of texts (rows of tokens, say) to one vector each: for a backbone that gives
            one a token, `encoders.sentence_encoder` makes it.
        projection: Width of the common space.
        gradient_cache: Samples that each encoder takes at a time, as in `TwoViewObjective`; None takes all at once.
        **kwargs: `name`, `dtype`, as in `keras.Model`.

    Raises:
        TypeError: if an encoder is not a Keras model.
        ValueError: if one is not built or does not give one vector a sample; or `gradient_cache` is asked for and one has batch
            statistics or several inputs.
    """

    most_scale = 100.0

    def __init__(self, encoder, text_encoder, projection=128, gradient_cache=None, **kwargs):
        super().__init__(encoder, **kwargs)
        name = type(self).__name__
        check_encoder("text_encoder", text_encoder)
        if projection < 1:
            raise ValueError(f"`projection` must be >= 1. Received: projection={projection}")
        widths = check_vectors(name, encoder), _width_of_texts(name, text_encoder)
        for one in (encoder, text_encoder):
            check_chunks(name, one, gradient_cache)
        self.text_encoder, self.projection, self.gradient_cache = text_encoder, projection, gradient_cache
        self.image_projector, self.text_projector = (
            keras.layers.Dense(projection, use_bias=False, name=name) for name in ("image_projector", "text_projector")
        )
        for projector, width in zip((self.image_projector, self.text_projector), widths, strict=True):
            projector.build((None, width))

    def add_log_scale(self, scale):
        """The weight `log_scale`, which begins at the logarithm of `scale`."""
        if not 0 < scale <= self.most_scale:
            raise ValueError(
                f"{type(self).__name__}'s scale of cosines must begin above 0 and at {self.most_scale:g} at most (a temperature "
                f"of {1 / self.most_scale:g}). Received: scale={scale:g}"
            )
        start = keras.initializers.Constant(float(tf.math.log(float(scale))))
        self.log_scale = self.add_weight((), start, dtype="float32", autocast=False, name="log_scale")

    def scale(self):
        """What cosines are multiplied with, a float32 scalar."""
        return tf.exp(tf.convert_to_tensor(self.log_scale))

    def call(self, inputs, training=None):
        """Projections of images and of texts, a pair of `(batch, projection)`."""
        if not isinstance(inputs, list | tuple) or len(inputs) != 2:
            received = f"{len(inputs)} parts" if isinstance(inputs, list | tuple | dict) else "one tensor"
            raise ValueError(
                f"{type(self).__name__} takes images with their texts: yield ((images, texts),) from your dataset, as Keras "
                f"reads a bare (images, texts) as inputs and labels. Received: {received}"
            )
        (images, texts), name = inputs, type(self).__name__
        images = encode(name, self.encoder, images, self.gradient_cache, training)
        texts = encode(name, self.text_encoder, texts, self.gradient_cache, training)
        return self.image_projector(images), self.text_projector(texts)

    def after_update(self, outputs, advanced):
        """The scale is kept from growing beyond what float32 tells apart."""
        highest = tf.math.log(self.most_scale)
        assign(self.log_scale, tf.minimum(tf.convert_to_tensor(self.log_scale), highest))

    def image_embedder(self):
        """A model from images to unit vectors, float32 of shape `(batch, projection)`, that shares the objective's weights.

        It predicts, is saved and exported like any Keras model, and has nothing of this library's left in it but what the encoder
        has.
        """
        return _embedder(self.encoder, self.image_projector, "image_embedder")

    def text_embedder(self):
        """The same for texts; what it takes is what the text encoder takes."""
        return _embedder(self.text_encoder, self.text_projector, "text_embedder")

    def get_config(self):
        """Arguments of the constructor."""
        return {
            **super().get_config(),
            "text_encoder": keras.saving.serialize_keras_object(self.text_encoder),
            "projection": self.projection,
            "gradient_cache": self.gradient_cache,
        }


def _width_of_texts(name, encoder):
    shape = getattr(encoder, "output_shape", None)
    if not isinstance(shape, tuple) or len(shape) != 2 or shape[-1] is None:
        raise ValueError(
            f"{name} needs a text encoder that gives one vector a text, shape (batch, features): "
            f"keras_transfer.encoders.sentence_encoder(backbone, length) makes one of a backbone. Received: {encoder.name} with "
            f"output shape {shape}"
        )
    return shape[-1]


def _embedder(encoder, projector, name):
    inputs = tf.nest.map_structure(
        lambda one: keras.Input(batch_shape=one.shape, dtype=one.dtype, name=one.name), encoder.input
    )
    vectors = projector(encoder(inputs))
    return keras.Model(inputs, keras.layers.UnitNormalization(dtype="float32", name="unit")(vectors), name=name)
