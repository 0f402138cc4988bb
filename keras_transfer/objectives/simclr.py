"""SimCLR: two views of a sample attract, views of different samples repel."""

import keras
import tensorflow as tf

from keras_transfer.layers.projection_head import ProjectionHead
from keras_transfer.losses.nt_xent import NTXent
from keras_transfer.objectives.objective import Objective
from keras_transfer.objectives.views import check_vectors, check_views


@keras.saving.register_keras_serializable("keras_transfer")
class SimCLR(Objective):
    """Contrast two views of each sample with the views of all others in the batch.

    Args:
        encoder: Model from samples to one vector each, `(batch, features)`.
        temperature: Of the loss, `> 0`.
        projection: Widths of the projection head's layers.
        **kwargs: `name`, `dtype`, as in `keras.Model`.

    Trains on batches of `((first, second),)`: one input that is a pair of views, each `(batch, ...)`, as
    `keras_transfer.data.two_views` yields them.

    Example:
        >>> encoder = keras_transfer.encoders.small_cnn((28, 28, 1))
        >>> model = keras_transfer.objectives.SimCLR(encoder, temperature=0.1)
        >>> model.compile(keras.optimizers.Adam(1e-3))
        >>> _ = model.fit(keras_transfer.data.two_views(images, batch_size=256), epochs=10)

    Reference: [Chen et al., 2020](https://arxiv.org/abs/2002.05709)
    """

    def __init__(self, encoder, temperature=0.1, projection=(512, 128), **kwargs):
        super().__init__(encoder, **kwargs)
        width = check_vectors(type(self).__name__, encoder)
        self.temperature, self.projection = temperature, tuple(projection)
        self.projector = ProjectionHead(self.projection, name="projector")
        self.projector.build((None, width))
        self.contrast = self.make_loss()

    def make_loss(self):
        """The loss between the two views' projections, one value a sample."""
        return NTXent(self.temperature, reduction="none")

    def call(self, inputs, training=None):
        """Projections of both views, a pair of `(batch, projection[-1])`."""
        views = check_views(type(self).__name__, inputs, exactly=2)
        # One pass over both views, so that batch norm sees them together and the device is kept busy.
        projections = self.projector(self.encoder(tf.concat(views, axis=0), training=training), training=training)
        return tuple(tf.split(projections, 2, axis=0))

    def example_losses(self, inputs, outputs, labels=None):
        """Loss of each sample, `(batch,)`."""
        first, second = outputs
        return self.contrast(second, first)

    def get_config(self):
        """Arguments of the constructor."""
        return {**super().get_config(), "temperature": self.temperature, "projection": list(self.projection)}
