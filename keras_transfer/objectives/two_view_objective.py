"""What objectives on two views of each sample share."""

import keras
import tensorflow as tf

from keras_transfer.layers.projection_head import ProjectionHead
from keras_transfer.objectives.gradient_cache import check_chunks, encode
from keras_transfer.objectives.objective import Objective
from keras_transfer.objectives.views import check_vectors, check_views


@keras.saving.register_keras_serializable("keras_transfer")
class TwoViewObjective(Objective):
    """An objective on projections of two views of each sample; give it `example_losses` and it is complete.

        class Closer(keras_transfer.objectives.TwoViewObjective):
            def example_losses(self, inputs, outputs, labels=None):
                first, second = outputs
                return keras.ops.mean((first - second) ** 2, axis=1)

    Trains on batches of `((first, second),)`: one input that is a pair of views, each `(batch, ...)`, as
    `keras_transfer.data.two_views` yields them. Both views go through the encoder in one pass, so that batch norm sees them
    together and the device is kept busy.

    Args:
        encoder: Model from samples to one vector each, `(batch, features)`.
        projection: Widths of the projection head's layers.
        gradient_cache: Samples that the encoder takes at a time, each view counted as one; None takes all at once. The loss and
            its gradient are the same, so a batch as large as a contrastive loss wants needs the encoder's memory for that
            few samples only, at the price of one more forward pass. For encoders without batch statistics. (A teacher keeps
            nothing for a gradient and takes all at once.)
        **kwargs: `name`, `dtype`, as in `keras.Model`.

    Raises:
        ValueError: if the encoder does not give one vector a sample, or `gradient_cache` is asked for and the encoder has
            batch statistics.

    Reference of the cache: [Gao et al., 2021](https://arxiv.org/abs/2101.06983)
    """

    def __init__(self, encoder, projection=(512, 128), gradient_cache=None, **kwargs):
        super().__init__(encoder, **kwargs)
        width = check_vectors(type(self).__name__, encoder)
        check_chunks(type(self).__name__, encoder, gradient_cache)
        self.projection, self.gradient_cache = tuple(projection), gradient_cache
        self.projector = self.make_projector()
        self.projector.build((None, width))

    def make_projector(self):
        """The head between encoder and loss."""
        return ProjectionHead(self.projection, name="projector")

    def stack(self, inputs):
        """Both views in one tensor, `(2 batch, ...)`: all first views, then all second ones."""
        return tf.concat(check_views(type(self).__name__, inputs, exactly=2), axis=0)

    def encode(self, samples, training=None):
        """The encoder's vectors, `(samples, features)`, made in chunks while training if there is a gradient cache."""
        return encode(type(self).__name__, self.encoder, samples, self.gradient_cache, training)

    def project(self, samples, training=None):
        """Projections of samples, `(samples, projection[-1])`."""
        return self.projector(self.encode(samples, training), training=training)

    def call(self, inputs, training=None):
        """Projections of both views, a pair of `(batch, projection[-1])`."""
        return unstack(self.project(self.stack(inputs), training))

    def get_config(self):
        """Arguments of the constructor."""
        return {
            **super().get_config(),
            "projection": list(self.projection),
            "gradient_cache": self.gradient_cache,
        }


def unstack(stacked):
    """The pair `(first, second)` of a tensor that holds all first views, then all second ones."""
    return tuple(tf.split(stacked, 2, axis=0))
