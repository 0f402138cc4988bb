"""SwAV: predict one crop's cluster from another crop."""

import keras
import tensorflow as tf

from keras_transfer.distribution.assign import assign
from keras_transfer.distribution.gather import sum_over_replicas
from keras_transfer.layers.feature_queue import FeatureQueue
from keras_transfer.losses.embeddings import check_temperature
from keras_transfer.losses.sinkhorn import sinkhorn
from keras_transfer.objectives.multi_crop_objective import MultiCropObjective, crossed


@keras.saving.register_keras_serializable("keras_transfer")
class SwAV(MultiCropObjective):
    """Predict the cluster of each large crop from every other crop of the sample; no negatives, no teacher.

    With `s` the cosines of a crop's projection with the prototypes, the code `q` of a large crop is its row in the even
    assignment of the whole batch to the prototypes, `keras_transfer.losses.sinkhorn`, without gradient. The loss of a sample
    is the mean, over large crops `i` and all crops `j != i`, of

        -sum_k q_i[k] log softmax(s_j / temperature)[k].

    Args:
        encoder: Model from samples to one vector each, `(batch, features)`.
        temperature: Of the predictions, `> 0`.
        projection: Widths of the projection head's layers.
        prototypes: How many clusters; more than there are classes.
        epsilon: Smoothness of the codes, `> 0`.
        iterations: Rounds of Sinkhorn-Knopp.
        queue_size: Past projections of each large crop that are assigned along with the batch, for batches that are small
            beside the number of prototypes. 0 keeps none.
        queue_start: Optimizer steps before the queue is used; it is never used before it is full.
        **kwargs: `batch_norm`, `global_crops`, `frozen_steps`, as in `MultiCropObjective`; `name`, `dtype`, as in
            `keras.Model`.

    Trains on batches of `(crops,)`, as `keras_transfer.data.multi_crop` yields them.

    Example:
        >>> model = keras_transfer.objectives.SwAV(encoder, frozen_steps=100)
        >>> model.compile(keras_transfer.optimizers.LARS(0.3))
        >>> _ = model.fit(keras_transfer.data.multi_crop(images, 256), epochs=100)

    Reference: [Caron et al., 2020](https://arxiv.org/abs/2006.09882)
    """

    def __init__(
        self,
        encoder,
        temperature=0.1,
        projection=(512, 128),
        prototypes=300,
        epsilon=0.05,
        iterations=3,
        queue_size=0,
        queue_start=0,
        **kwargs,
    ):
        super().__init__(encoder, projection, prototypes, **kwargs)
        for name, value in (("queue_size", queue_size), ("queue_start", queue_start)):
            if value < 0:
                raise ValueError(f"`{name}` must be >= 0. Received: {name}={value}")
        self.temperature = check_temperature(temperature)
        # Said now, not at the first batch.
        sinkhorn(tf.zeros((1, 1)), epsilon, iterations)
        self.epsilon, self.iterations = epsilon, iterations
        self.queue_size, self.queue_start = queue_size, queue_start
        self.queues = []
        if queue_size:
            width = self.projection[-1]
            self.queues = [FeatureQueue(queue_size, width, name=f"queue_{i}") for i in range(self.global_crops)]
            self.queued = self.add_weight(shape=(), dtype="int64", initializer="zeros", trainable=False, name="queued")

    def call(self, inputs, training=None):
        """Cosines with the prototypes of every crop, each `(batch, prototypes)`, and the large crops' projections."""
        crops = self.crops(inputs)
        projections = self.project(crops, training)
        scores = tf.split(self.prototype_layer(projections), len(crops), axis=0)
        return scores, tf.split(projections, len(crops), axis=0)[: self.global_crops]

    def codes(self, scores):
        """The even assignment of each large crop, `(batch, prototypes)`, from its cosines."""
        also = [None] * len(scores)
        if self.queues:
            ready = (self.steps >= self.queue_start) & (self.queued >= self.queue_size)
            rows = tf.where(ready, self.queue_size, 0)
            also = [self.prototype_layer(tf.convert_to_tensor(queue.rows)[:rows]) for queue in self.queues]
        return [sinkhorn(one, self.epsilon, self.iterations, more) for one, more in zip(scores, also, strict=True)]

    def example_losses(self, inputs, outputs, labels=None):
        """Loss of each sample, `(batch,)`."""
        scores, _ = outputs
        return crossed(self.codes(scores[: self.global_crops]), [one / self.temperature for one in scores])

    def after_update(self, outputs, advanced):
        """The queues take the large crops' projections."""
        super().after_update(outputs, advanced)
        _, projections = outputs
        for queue, rows in zip(self.queues, projections, strict=False):
            queue.put(rows)
        if self.queues:
            count = sum_over_replicas(tf.shape(projections[0])[0])
            assign(self.queued, tf.convert_to_tensor(self.queued) + tf.cast(count, tf.int64))

    def get_config(self):
        """Arguments of the constructor."""
        return {
            **super().get_config(),
            "temperature": self.temperature,
            "epsilon": self.epsilon,
            "iterations": self.iterations,
            "queue_size": self.queue_size,
            "queue_start": self.queue_start,
        }
