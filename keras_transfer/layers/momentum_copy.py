"""The teacher: a copy of models whose weights follow theirs, slowly."""

import math

import keras
import tensorflow as tf

from keras_transfer.distribution.assign import assign


@keras.saving.register_keras_serializable("keras_transfer")
class MomentumCopy(keras.layers.Layer):
    """A copy of built layers or models that follows them by an exponential moving average and is never trained.

    After optimizer step `k`, every weight that the student trains pulls its copy along:

        copy <- tau_k copy + (1 - tau_k) student,   tau_k = 1 - (1 - momentum) (cos(pi k / total_steps) + 1) / 2,

    and `tau_k = momentum` for ever when `total_steps` is None. No gradient passes through a call.

    Batch norms of the copy normalise by the batch while training, as the student's do, and keep moving statistics of their own
    (the practice of BYOL's, MoCo v3's and DINO's authors, of lightly and of solo-learn).

    Args:
        students: Built Keras layer or model whose config can be saved, or several, each called on the output of the one before
            (encoder and projector, say). They are copied, not kept.
        momentum: `tau_0`, in 0..1.
        total_steps: Optimizer steps in which the momentum rises to 1 along a half cosine. None keeps it constant.
        **kwargs: `name`, as in `keras.layers.Layer`.

    Call arguments: what the first student takes, one input, and `training`. Output: the last copy's, without gradient.

    Raises:
        ValueError: if a student isn't built, or a number is out of range.

    Example:
        >>> teacher = keras_transfer.layers.MomentumCopy([encoder, projector], momentum=0.99)
        >>> targets = teacher(images, training=True)
        >>> # ... an optimizer step moves encoder and projector ...
        >>> teacher.follow([encoder, projector])

    References: [Tarvainen and Valpola, 2017](https://arxiv.org/abs/1703.01780);
    schedule: [Grill et al., 2020](https://arxiv.org/abs/2006.07733), appendix J
    """

    def __init__(self, students, momentum=0.996, total_steps=None, **kwargs):
        # The copies cast their inputs by their own policies.
        super().__init__(autocast=False, **kwargs)
        if not 0 <= momentum <= 1:
            raise ValueError(f"`momentum` must be within 0..1. Received: momentum={momentum}")
        if total_steps is not None and total_steps < 1:
            raise ValueError(f"`total_steps` must be >= 1, or None. Received: total_steps={total_steps}")
        self.momentum, self.total_steps = momentum, total_steps
        self.models = [_copy(student) for student in _listed(students)]
        self.steps = self.add_weight(shape=(), dtype="int64", initializer="zeros", trainable=False, name="steps")
        for model in self.models:
            for weight in model.trainable_weights:
                weight.trainable = False
        self.built = True

    @property
    def trainable(self):
        """True, or batch norms in the copy would count as frozen. Yet no *weight* of it is trainable, whatever is set."""
        return True

    @trainable.setter
    def trainable(self, value):
        del value

    def call(self, inputs, training=None):
        """What the copies make of the inputs."""
        for model in self.models:
            inputs = model(inputs, training=bool(training))
        return tf.nest.map_structure(tf.stop_gradient, inputs)

    def compute_output_shape(self, input_shape):
        """Shape of the last copy's output."""
        for model in self.models:
            input_shape = model.compute_output_shape(input_shape)
        return input_shape

    def current_momentum(self):
        """The momentum of the next step that follows, a float32 scalar."""
        if self.total_steps is None:
            return tf.constant(self.momentum, tf.float32)
        passed = tf.minimum(tf.cast(self.steps, tf.float32) / self.total_steps, 1.0)
        return 1.0 - (1.0 - self.momentum) * (tf.cos(math.pi * passed) + 1.0) / 2.0

    def follow(self, students, advanced=True):
        """Move the copies towards their students. Call it after the optimizer's step, in a strategy's replica or outside.

        Args:
            students: What was copied, in the same order.
            advanced: Boolean scalar; False leaves everything as it is (while gradients are accumulated, say).
        """
        # A share of 0, not a tf.cond: assignments to mirrored variables may not stand in one.
        share = tf.where(advanced, 1.0 - self.current_momentum(), 0.0)
        for model, student in zip(self.models, _listed(students), strict=True):
            for copied, weight in zip(model.weights, student.weights, strict=True):
                if weight.trainable:
                    _pull(copied, weight, share)
        assign(self.steps, tf.convert_to_tensor(self.steps) + tf.cast(advanced, tf.int64))

    def get_config(self):
        """Arguments of the constructor; the copies stand for their students."""
        config = super().get_config()
        config.pop("trainable", None)
        return {
            **config,
            "students": [keras.saving.serialize_keras_object(model) for model in self.models],
            "momentum": self.momentum,
            "total_steps": self.total_steps,
        }

    @classmethod
    def from_config(cls, config):
        """A copy of the same form."""
        students = [keras.saving.deserialize_keras_object(model) for model in config["students"]]
        return cls(**{**config, "students": students})


def _listed(students):
    return list(students) if isinstance(students, list | tuple) else [students]


def _copy(student):
    if not getattr(student, "built", False):
        raise ValueError(
            f"`students` must be built before it can be copied: start it with keras.Input, or call it once on a batch. "
            f"Received: {getattr(student, 'name', student)}, not built"
        )
    config = keras.saving.serialize_keras_object(student)
    config.pop("compile_config", None)
    copied = keras.saving.deserialize_keras_object(config)
    shapes = [[tuple(weight.shape) for weight in layer.weights] for layer in (student, copied)]
    if shapes[0] != shapes[1]:
        raise ValueError(
            f"`students` cannot be copied: made again from its config, {student.name} has {len(shapes[1])} weights of other "
            f"shapes or number than its {len(shapes[0])}. Give it `get_config` and `build` methods that make all weights."
        )
    copied.set_weights(student.get_weights())
    return copied


def _pull(copied, weight, share):
    old, new = (tf.cast(tf.convert_to_tensor(value), tf.float32) for value in (copied, weight))
    assign(copied, old + share * (new - old))
