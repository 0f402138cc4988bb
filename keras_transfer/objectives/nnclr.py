"""NNCLR: the positive is a nearest neighbour from past batches."""

import keras

from keras_transfer.layers.feature_queue import FeatureQueue
from keras_transfer.layers.projection_head import ProjectionHead
from keras_transfer.losses.info_nce import InfoNCE
from keras_transfer.objectives.two_view_objective import TwoViewObjective, unstack


@keras.saving.register_keras_serializable("keras_transfer")
class NNCLR(TwoViewObjective):
    """Tell the prediction for a sample by the neighbour, among past embeddings, of its other view.

    With `z` the projections, `p` the predictions from them, `n(z)` the nearest row of the queue, without gradient, and `c` the
    InfoNCE loss over the whole batch, the loss is `(c(n(z_1), p_2) + c(n(z_2), p_1)) / 2`. The queue is read before the batch's
    first projections enter it.

    Args:
        encoder: Model from samples to one vector each, `(batch, features)`.
        temperature: Of the loss, `> 0`.
        projection: Widths of the projection head's layers. A batch norm without scale or offset follows the last one.
        prediction: Width of the predictor's hidden layer.
        queue_size: Embeddings kept to find neighbours in. The paper has 98304 for a million images.
        **kwargs: `gradient_cache`, as in `TwoViewObjective`; `name`, `dtype`, as in `keras.Model`.

    Trains on batches of `((first, second),)`, as `keras_transfer.data.two_views` yields them.

    Example:
        >>> model = keras_transfer.objectives.NNCLR(encoder, queue_size=4096)
        >>> model.compile(keras_transfer.optimizers.LARS(0.3))
        >>> _ = model.fit(views, epochs=100)

    Reference: [Dwibedi et al., 2021](https://arxiv.org/abs/2104.14548)
    """

    def __init__(self, encoder, temperature=0.1, projection=(512, 512, 128), prediction=512, queue_size=4096, **kwargs):
        super().__init__(encoder, projection, **kwargs)
        self.temperature, self.prediction, self.queue_size = temperature, prediction, queue_size
        self.predictor = ProjectionHead((prediction, self.projection[-1]), name="predictor")
        self.predictor.build((None, self.projection[-1]))
        self.queue = FeatureQueue(queue_size, self.projection[-1], name="queue")
        self.contrast = InfoNCE(temperature, reduction="none")

    def make_projector(self):
        """The head between encoder and predictor."""
        return ProjectionHead(self.projection, final_batch_norm=True, name="projector")

    def call(self, inputs, training=None):
        """Predictions and projections, each a pair of `(batch, projection[-1])`."""
        projections = self.project(self.stack(inputs), training)
        return unstack(self.predictor(projections, training=training)), unstack(projections)

    def example_losses(self, inputs, outputs, labels=None):
        """Loss of each sample, `(batch,)`."""
        (first_prediction, second_prediction), (first, second) = outputs
        one = self.contrast(second_prediction, self.queue(first))
        return (one + self.contrast(first_prediction, self.queue(second))) / 2

    def after_update(self, outputs, advanced):
        """The queue takes the projections of the first views."""
        self.queue.put(outputs[1][0])

    def get_config(self):
        """Arguments of the constructor."""
        return {
            **super().get_config(),
            "temperature": self.temperature,
            "prediction": self.prediction,
            "queue_size": self.queue_size,
        }
