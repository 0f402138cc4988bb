"""SimSiam: predict one view's projection from the other's, with the gradient stopped at the target."""

import keras
import tensorflow as tf

from keras_transfer.layers.projection_head import ProjectionHead
from keras_transfer.losses.negative_cosine import NegativeCosine
from keras_transfer.objectives.two_view_objective import TwoViewObjective, unstack


@keras.saving.register_keras_serializable("keras_transfer")
class SimSiam(TwoViewObjective):
    """Predict the projection of one view from the other view; no negatives, no teacher.

    With `z` the projections and `p` the predictions from them, the loss of a sample is

        -cos(p_1, stop(z_2)) / 2 - cos(p_2, stop(z_1)) / 2,

    within -1..1. A loss near -1 from the first steps on is a collapse: all samples have become one.

    Args:
        encoder: Model from samples to one vector each, `(batch, features)`.
        projection: Widths of the projection head's layers. A batch norm without scale or offset follows the last one.
        prediction: Width of the predictor's hidden layer; the paper has a quarter of `projection[-1]`.
        **kwargs: `gradient_cache`, as in `TwoViewObjective`; `name`, `dtype`, as in `keras.Model`.

    Trains on batches of `((first, second),)`, as `keras_transfer.data.two_views` yields them.

    Example:
        >>> model = keras_transfer.objectives.SimSiam(encoder)
        >>> model.compile(keras.optimizers.SGD(0.05, momentum=0.9))
        >>> _ = model.fit(views, epochs=100)

    Reference: [Chen and He, 2020](https://arxiv.org/abs/2011.10566)
    """

    def __init__(self, encoder, projection=(512, 512, 512), prediction=128, **kwargs):
        super().__init__(encoder, projection, **kwargs)
        self.prediction = prediction
        self.predictor = ProjectionHead((prediction, self.projection[-1]), name="predictor")
        self.predictor.build((None, self.projection[-1]))
        self.similarity = NegativeCosine(reduction="none")

    def make_projector(self):
        """The head between encoder and predictor."""
        return ProjectionHead(self.projection, final_batch_norm=True, name="projector")

    def call(self, inputs, training=None):
        """Predictions and their targets, without gradient, each a pair of `(batch, projection[-1])`."""
        projections = self.project(self.stack(inputs), training)
        predictions = self.predictor(projections, training=training)
        return unstack(predictions), unstack(tf.stop_gradient(projections))

    def example_losses(self, inputs, outputs, labels=None):
        """Loss of each sample, `(batch,)`."""
        (first, second), (first_target, second_target) = outputs
        return (self.similarity(second_target, first) + self.similarity(first_target, second)) / 2

    def get_config(self):
        """Arguments of the constructor."""
        return {**super().get_config(), "prediction": self.prediction}
