"""MoCo, version 2: contrast with a queue of a slow encoder's past embeddings."""

import keras

from keras_transfer.layers.feature_queue import FeatureQueue
from keras_transfer.layers.momentum_copy import MomentumCopy
from keras_transfer.layers.projection_head import ProjectionHead
from keras_transfer.losses.info_nce import InfoNCE
from keras_transfer.objectives.two_view_objective import TwoViewObjective
from keras_transfer.objectives.views import check_views


@keras.saving.register_keras_serializable("keras_transfer")
class MoCo(TwoViewObjective):
    """Tell the key of a sample's second view from a queue of keys of earlier batches.

    Queries are the projections of first views, keys the teacher's projections of second views; the teacher follows encoder
    and projector slowly, so that keys in the queue agree with each other. Negatives are as many as the queue is long,
    whatever the batch. The queue is read before the batch enters it.

    Batch norms of the teacher, as of the student, normalise by the whole batch, over all replicas. The paper shuffles samples
    between devices instead, lest a query know its key by statistics that both share; with statistics of the whole batch the
    shuffling has nothing to hide. Moving statistics in the teacher (EMAN) were tried and left out: in a short training, whose
    teacher moves fast, they lag behind its weights, and the encoder ends below a random one.

    Args:
        encoder: Model from samples to one vector each, `(batch, features)`.
        temperature: Of the loss, `> 0`.
        projection: Widths of the projection head's layers, without batch norm.
        queue_size: Keys kept as negatives. The paper has 65536 for a million images; less than the data set is better.
        momentum: Of the teacher, in 0..1.
        **kwargs: `gradient_cache`, as in `TwoViewObjective`; `name`, `dtype`, as in `keras.Model`.

    Trains on batches of `((first, second),)`, as `keras_transfer.data.two_views` yields them.

    Example:
        >>> model = keras_transfer.objectives.MoCo(encoder, queue_size=4096)
        >>> model.compile(keras.optimizers.SGD(0.06, momentum=0.9))
        >>> _ = model.fit(views, epochs=100)

    References: [He et al., 2019](https://arxiv.org/abs/1911.05722); [Chen et al., 2020](https://arxiv.org/abs/2003.04297)
    """

    def __init__(self, encoder, temperature=0.2, projection=(512, 128), queue_size=4096, momentum=0.999, **kwargs):
        super().__init__(encoder, projection, **kwargs)
        self.temperature, self.queue_size, self.momentum = temperature, queue_size, momentum
        self.teacher = MomentumCopy([encoder, self.projector], momentum, name="teacher")
        self.queue = FeatureQueue(queue_size, self.projection[-1], name="queue")
        self.contrast = InfoNCE(temperature, in_batch=False, reduction="none")

    def make_projector(self):
        """The head between encoder and loss."""
        return ProjectionHead(self.projection, batch_norm=False, name="projector")

    def call(self, inputs, training=None):
        """Queries of the first views and keys of the second, each `(batch, projection[-1])`."""
        first, second = check_views(type(self).__name__, inputs, exactly=2)
        return self.project(first, training), self.teacher(second, training=training)

    def example_losses(self, inputs, outputs, labels=None):
        """Loss of each sample, `(batch,)`."""
        queries, keys = outputs
        return self.contrast.compare(queries, keys, self.queue.rows)

    def after_update(self, outputs, advanced):
        """The teacher follows, and the queue takes the batch's keys."""
        self.teacher.follow([self.encoder, self.projector], advanced)
        self.queue.put(outputs[1])

    def get_config(self):
        """Arguments of the constructor."""
        return {
            **super().get_config(),
            "temperature": self.temperature,
            "queue_size": self.queue_size,
            "momentum": self.momentum,
        }
