"""DINO: a student of every crop agrees with a teacher of the large ones."""

import keras
import tensorflow as tf

from keras_transfer.distribution.assign import assign
from keras_transfer.distribution.gather import sum_over_replicas
from keras_transfer.layers.momentum_copy import MomentumCopy
from keras_transfer.losses.embeddings import check_temperature
from keras_transfer.objectives.multi_crop_objective import MultiCropObjective, by_size, crossed


@keras.saving.register_keras_serializable("keras_transfer")
class DINO(MultiCropObjective):
    """Let a student, shown any crop, give the distribution that a slow teacher gives for another, large crop; no negatives.

    With `s` and `t` the cosines of the student's and the teacher's projections with their prototypes, the loss of a sample is
    the mean, over large crops `i` and all crops `j != i`, of

        -sum_k softmax((t_i - centre) / teacher_temperature)[k] log softmax(s_j / temperature)[k].

    The centre follows the mean of `t` over the whole batch, over all replicas, after the batch's loss was taken. It keeps any one
    prototype from winning everywhere, the low temperature keeps all from being alike: together they prevent collapse. The
    teacher follows encoder, projector and prototypes after every optimizer step; see `keras_transfer.layers.MomentumCopy`.

    Args:
        encoder: Model from samples to one vector each, `(batch, features)`.
        temperature: Of the student, `> 0`.
        teacher_temperature: Of the teacher, `> 0`, after the warm-up; lower than the student's.
        first_teacher_temperature: Of the teacher at the start, from which it goes to `teacher_temperature` on a straight line.
        warmup_steps: Optimizer steps that takes. 0: there is no warm-up.
        centre_momentum: Of the centre, in 0..1.
        projection: Widths of the projection head's layers.
        prototypes: Width of the output. The paper has 65536 for a million images.
        batch_norm: Whether batch norms follow the projection head's hidden layers. The paper has none.
        momentum: Of the teacher at the start, in 0..1.
        total_steps: Optimizer steps of the whole training, over which the momentum rises to 1. None keeps it constant.
        **kwargs: `global_crops`, `frozen_steps` (an epoch's in the paper), as in `MultiCropObjective`; `name`, `dtype`, as in
            `keras.Model`.

    Trains on batches of `(crops,)`, as `keras_transfer.data.multi_crop` yields them.

    Example:
        >>> crops = keras_transfer.data.multi_crop(images, 256)
        >>> model = keras_transfer.objectives.DINO(encoder, frozen_steps=len(crops), total_steps=100 * len(crops))
        >>> model.compile(keras.optimizers.AdamW(1e-3))
        >>> _ = model.fit(crops, epochs=100)

    Reference: [Caron et al., 2021](https://arxiv.org/abs/2104.14294)
    """

    def __init__(
        self,
        encoder,
        temperature=0.1,
        teacher_temperature=0.04,
        first_teacher_temperature=0.04,
        warmup_steps=0,
        centre_momentum=0.9,
        projection=(512, 512, 128),
        prototypes=1024,
        batch_norm=False,
        momentum=0.996,
        total_steps=None,
        **kwargs,
    ):
        super().__init__(encoder, projection, prototypes, batch_norm=batch_norm, **kwargs)
        self.temperature = check_temperature(temperature)
        for name, value in (
            ("teacher_temperature", teacher_temperature),
            ("first_teacher_temperature", first_teacher_temperature),
        ):
            if not value > 0:
                raise ValueError(f"`{name}` must be > 0. Received: {name}={value}")
        if warmup_steps < 0:
            raise ValueError(f"`warmup_steps` must be >= 0. Received: warmup_steps={warmup_steps}")
        if not 0 <= centre_momentum <= 1:
            raise ValueError(f"`centre_momentum` must be within 0..1. Received: centre_momentum={centre_momentum}")
        self.teacher_temperature, self.first_teacher_temperature = teacher_temperature, first_teacher_temperature
        self.warmup_steps, self.centre_momentum = warmup_steps, centre_momentum
        self.momentum, self.total_steps = momentum, total_steps
        self.teacher = MomentumCopy(self.students, momentum, total_steps, name="teacher")
        self.centre = self.add_weight(
            shape=(prototypes,), dtype="float32", initializer="zeros", trainable=False, autocast=False, name="centre"
        )

    @property
    def students(self):
        """What the teacher follows."""
        return [self.encoder, self.projector, self.prototype_layer]

    def call(self, inputs, training=None):
        """Cosines with the prototypes, each `(batch, prototypes)`: the student's of every crop, the teacher's of large ones."""
        crops = self.crops(inputs)
        scores = tf.split(self.prototype_layer(self.project(crops, training)), len(crops), axis=0)
        return scores, by_size(crops[: self.global_crops], lambda samples: self.teacher(samples, training=training))

    def current_teacher_temperature(self):
        """The teacher's temperature in the next step, a float32 scalar."""
        passed = 1.0
        if self.warmup_steps:
            passed = tf.minimum(tf.cast(self.steps, tf.float32) / self.warmup_steps, 1.0)
        first, last = self.first_teacher_temperature, self.teacher_temperature
        return tf.constant(first, tf.float32) + (last - first) * passed

    def example_losses(self, inputs, outputs, labels=None):
        """Loss of each sample, `(batch,)`."""
        scores, told = outputs
        temperature = self.current_teacher_temperature()
        targets = [tf.stop_gradient(tf.nn.softmax((one - self.centre) / temperature)) for one in told]
        return crossed(targets, [one / self.temperature for one in scores])

    def after_update(self, outputs, advanced):
        """The centre takes the batch, and the teacher follows."""
        super().after_update(outputs, advanced)
        rows = tf.concat(outputs[1], axis=0)
        count = tf.cast(sum_over_replicas(tf.shape(rows)[0]), tf.float32)
        mean = sum_over_replicas(tf.reduce_sum(rows, axis=0)) / count
        assign(self.centre, self.centre * self.centre_momentum + mean * (1 - self.centre_momentum))
        self.teacher.follow(self.students, advanced)

    def get_config(self):
        """Arguments of the constructor."""
        return {
            **super().get_config(),
            "temperature": self.temperature,
            "teacher_temperature": self.teacher_temperature,
            "first_teacher_temperature": self.first_teacher_temperature,
            "warmup_steps": self.warmup_steps,
            "centre_momentum": self.centre_momentum,
            "momentum": self.momentum,
            "total_steps": self.total_steps,
        }
