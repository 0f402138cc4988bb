"""BYOL: predict what a slowly following teacher says of the other view."""

import keras

from keras_transfer.layers.momentum_copy import MomentumCopy
from keras_transfer.layers.projection_head import ProjectionHead
from keras_transfer.losses.negative_cosine import NegativeCosine
from keras_transfer.objectives.two_view_objective import TwoViewObjective, unstack


@keras.saving.register_keras_serializable("keras_transfer")
class BYOL(TwoViewObjective):
    """Predict the teacher's projection of one view from the other view; no negatives.

    With `q` the predictions from the student's projections and `z` the teacher's projections, the loss of a sample is

        (2 - 2 cos(q_1, z_2)) + (2 - 2 cos(q_2, z_1)).

    The teacher follows encoder and projector after every optimizer step; see `keras_transfer.layers.MomentumCopy`.

    Args:
        encoder: Model from samples to one vector each, `(batch, features)`.
        projection: Widths of the projection head's layers.
        prediction: Width of the predictor's hidden layer.
        momentum: Of the teacher at the start, in 0..1.
        total_steps: Optimizer steps of the whole training, over which the momentum rises to 1. None keeps it constant.
        **kwargs: `gradient_cache`, as in `TwoViewObjective`; `name`, `dtype`, as in `keras.Model`.

    Trains on batches of `((first, second),)`, as `keras_transfer.data.two_views` yields them.

    Example:
        >>> model = keras_transfer.objectives.BYOL(encoder, total_steps=epochs * len(views))
        >>> model.compile(keras.optimizers.Adam(1e-3))
        >>> _ = model.fit(views, epochs=epochs)

    Reference: [Grill et al., 2020](https://arxiv.org/abs/2006.07733)
    """

    def __init__(self, encoder, projection=(512, 128), prediction=512, momentum=0.996, total_steps=None, **kwargs):
        super().__init__(encoder, projection, **kwargs)
        self.prediction, self.momentum, self.total_steps = prediction, momentum, total_steps
        self.predictor = ProjectionHead((prediction, self.projection[-1]), name="predictor")
        self.predictor.build((None, self.projection[-1]))
        self.teacher = MomentumCopy([encoder, self.projector], momentum, total_steps, name="teacher")
        self.similarity = NegativeCosine(reduction="none")

    def call(self, inputs, training=None):
        """The student's predictions and the teacher's projections, each a pair of `(batch, projection[-1])`."""
        samples = self.stack(inputs)
        predictions = self.predictor(self.project(samples, training), training=training)
        return unstack(predictions), unstack(self.teacher(samples, training=training))

    def example_losses(self, inputs, outputs, labels=None):
        """Loss of each sample, `(batch,)`, within 0..8."""
        (first, second), (first_target, second_target) = outputs
        return 4.0 + 2.0 * (self.similarity(second_target, first) + self.similarity(first_target, second))

    def after_update(self, outputs, advanced):
        """The teacher follows."""
        self.teacher.follow([self.encoder, self.projector], advanced)

    def get_config(self):
        """Arguments of the constructor."""
        return {
            **super().get_config(),
            "prediction": self.prediction,
            "momentum": self.momentum,
            "total_steps": self.total_steps,
        }
