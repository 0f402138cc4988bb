"""Distillation: a small model learns what a large one says."""

import keras
import tensorflow as tf

from keras_transfer.adaptation.check_logits import check_logits
from keras_transfer.adaptation.cross_entropy import cross_entropy
from keras_transfer.objectives.objective import check_encoder
from keras_transfer.objectives.whole_batch_model import WholeBatchModel
from keras_transfer.transfer.copy_of import copy_of


@keras.saving.register_keras_serializable("keras_transfer")
class Distillation(WholeBatchModel):
    """Train a student on the softened probabilities of a frozen teacher, and on labels where there are any.

    With logits `s` of the student and `t` of the teacher, the loss of a sample is

        alpha CE(y, softmax(s)) + (1 - alpha) T^2 KL(softmax(t / T) || softmax(s / T)).

    `T^2` keeps the gradients' size whatever the temperature. Without labels the second part stands alone, by itself, so that
    a student may learn from any number of unlabelled samples.

    Args:
        student: Built model from samples to logits `(batch, classes)`. It stays yours and is what trains.
        teacher: Built model from the same samples to logits of the same classes, any that can be saved. It is copied, frozen,
            and runs as in evaluation.
        temperature: `T`, above 0.
        alpha: Weight of the labels, within 0..1.
        **kwargs: `name`, `dtype`, as in `keras.Model`.

    Trains on batches of `(x, y)` or of `x`. `model(x)`, `predict` and the metrics are those of the student.

    Raises:
        TypeError: if student or teacher is not a Keras layer or model.
        ValueError: if one is not built or ends with an activation, their outputs differ, or a number is out of range.

    Example:
        >>> student = keras_transfer.transfer.classifier(keras_transfer.encoders.small_cnn((28, 28, 1), width=8), classes=10)
        >>> model = keras_transfer.adaptation.Distillation(student, teacher, temperature=4)
        >>> model.compile(keras.optimizers.Adam(1e-3))
        >>> model.fit(x_unlabelled, epochs=20)
        >>> student.save("student.keras")

    Reference: [Hinton et al., 2015](https://arxiv.org/abs/1503.02531)
    """

    def __init__(self, student, teacher, temperature=4.0, alpha=0.1, **kwargs):
        super().__init__(**kwargs)
        for argument, model in (("student", student), ("teacher", teacher)):
            check_encoder(argument, model)
            check_logits(argument, model)
        shapes = [tuple(model.compute_output_shape(model.input_shape)) for model in (student, teacher)]
        if shapes[0] != shapes[1]:
            raise ValueError(f"`student` and `teacher` must give logits of the same classes. Received: {shapes}")
        if not temperature > 0:
            raise ValueError(f"`temperature` must be above 0. Received: temperature={temperature}")
        if not 0 <= alpha <= 1:
            raise ValueError(f"`alpha` must be within 0..1. Received: alpha={alpha}")
        self.student, self.temperature, self.alpha = student, temperature, alpha
        self.teacher = copy_of(teacher)
        self.teacher.trainable = False
        self.built = True

    def call(self, inputs, training=None):
        """The student's logits."""
        return self.student(inputs, training=training)

    def example_losses(self, inputs, outputs, labels=None):
        """Loss of each sample, `(batch,)`."""
        taught = tf.stop_gradient(tf.cast(self.teacher(inputs, training=False), tf.float32)) / self.temperature
        said = tf.nn.log_softmax(tf.cast(outputs, tf.float32) / self.temperature)
        apart = tf.reduce_sum(tf.nn.softmax(taught) * (tf.nn.log_softmax(taught) - said), 1)
        soft = self.temperature**2 * apart
        return soft if labels is None else self.alpha * cross_entropy(labels, outputs) + (1 - self.alpha) * soft

    def get_config(self):
        """Arguments of the constructor."""
        return {
            **super().get_config(),
            "student": keras.saving.serialize_keras_object(self.student),
            "teacher": keras.saving.serialize_keras_object(self.teacher),
            "temperature": self.temperature,
            "alpha": self.alpha,
        }
