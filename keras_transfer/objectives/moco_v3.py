"""MoCo, version 3: contrast predictions with a slow teacher's projections of the same batch."""

import keras

from keras_transfer.layers.momentum_copy import MomentumCopy
from keras_transfer.layers.projection_head import ProjectionHead
from keras_transfer.losses.info_nce import InfoNCE
from keras_transfer.objectives.two_view_objective import TwoViewObjective, unstack


@keras.saving.register_keras_serializable("keras_transfer")
class MoCoV3(TwoViewObjective):
    """Tell the teacher's projection of a sample's other view from those of all others in the batch; no queue.

    With `q` the predictions from the student's projections, `k` the teacher's projections and `c` the InfoNCE loss over the
    whole batch, the loss is `2 t (c(q_1, k_2) + c(q_2, k_1))`, `t` being the temperature.

    Args:
        encoder: Model from samples to one vector each, `(batch, features)`.
        temperature: Of the loss, `> 0`.
        projection: Widths of the projection head's layers. A batch norm without scale or offset follows the last one.
        prediction: Width of the predictor's hidden layer.
        momentum: Of the teacher at the start, in 0..1.
        total_steps: Optimizer steps of the whole training, over which the momentum rises to 1. None keeps it constant.
        **kwargs: `gradient_cache`, as in `TwoViewObjective`; `name`, `dtype`, as in `keras.Model`.

    Trains on batches of `((first, second),)`, as `keras_transfer.data.two_views` yields them.

    Example:
        >>> model = keras_transfer.objectives.MoCoV3(encoder, total_steps=epochs * len(views))
        >>> model.compile(keras.optimizers.AdamW(1e-3, weight_decay=0.1))
        >>> _ = model.fit(views, epochs=epochs)

    Reference: [Chen et al., 2021](https://arxiv.org/abs/2104.02057)
    """

    def __init__(
        self,
        encoder,
        temperature=0.2,
        projection=(512, 512, 128),
        prediction=512,
        momentum=0.99,
        total_steps=None,
        **kwargs,
    ):
        super().__init__(encoder, projection, **kwargs)
        self.temperature, self.prediction = temperature, prediction
        self.momentum, self.total_steps = momentum, total_steps
        self.predictor = ProjectionHead((prediction, self.projection[-1]), final_batch_norm=True, name="predictor")
        self.predictor.build((None, self.projection[-1]))
        self.teacher = MomentumCopy([encoder, self.projector], momentum, total_steps, name="teacher")
        self.contrast = InfoNCE(temperature, reduction="none")

    def make_projector(self):
        """The head between encoder and predictor."""
        return ProjectionHead(self.projection, final_batch_norm=True, name="projector")

    def call(self, inputs, training=None):
        """The student's predictions and the teacher's projections, each a pair of `(batch, projection[-1])`."""
        samples = self.stack(inputs)
        queries = self.predictor(self.project(samples, training), training=training)
        return unstack(queries), unstack(self.teacher(samples, training=training))

    def example_losses(self, inputs, outputs, labels=None):
        """Loss of each sample, `(batch,)`."""
        (first, second), (first_key, second_key) = outputs
        contrasts = self.contrast(second_key, first) + self.contrast(first_key, second)
        return 2.0 * self.temperature * contrasts

    def after_update(self, outputs, advanced):
        """The teacher follows."""
        self.teacher.follow([self.encoder, self.projector], advanced)

    def get_config(self):
        """Arguments of the constructor."""
        return {
            **super().get_config(),
            "temperature": self.temperature,
            "prediction": self.prediction,
            "momentum": self.momentum,
            "total_steps": self.total_steps,
        }
