"""Mean teacher: agree with an average of your former selves on samples without labels."""

import keras
import tensorflow as tf

from keras_transfer.adaptation.assisted_classifier import AssistedClassifier, several, two_views
from keras_transfer.layers.momentum_copy import MomentumCopy
from keras_transfer.losses.whole_batch import whole_mean


@keras.saving.register_keras_serializable("keras_transfer")
class MeanTeacher(AssistedClassifier):
    """Train the classifier to say of one view of a sample what its teacher, a moving average of it, says of another view.

    With `p` the probabilities of the classifier, `q` those of the teacher, without gradient, and two views `u, v` of the
    unlabelled samples, the loss is

        mean CE(y, p(x_l)) + w mean |p(u) - q(v)|^2,

    `w = strength exp(-5 (1 - t)^2)` after a share `t` of `ramp_share total_steps`. After every optimizer step the teacher is
    `momentum teacher + (1 - momentum) classifier`. `model(x)`, `predict` and `evaluate(x, y)` are the teacher's, which is the
    better one; `averaged` is the teacher as a model of its own.

    Args:
        classifier: Built model from samples to logits `(batch, classes)`. It stays yours and is what trains.
        strength: `w` at the end, `>= 0`.
        total_steps: Optimizer steps of the whole training. None: `w` is `strength` throughout.
        momentum: Of the teacher, in 0..1. Trainings of many thousand steps bear .99 to .999; in short ones such a teacher stays
            behind.
        ramp_share: Share of `total_steps` after which `w` is at its end, above 0, up to 1.
        **kwargs: `name`, `dtype`, as in `keras.Model`.

    Trains on batches of `((x_labelled, (first, second)), y_labelled)`, as `keras_transfer.data.paired_batches` yields them with
    an `unlabelled_map` that gives two views. Of samples without views, classifier and teacher see the same, and differ by their
    dropout. In the paper the labelled samples are among the unlabelled ones.

    Raises:
        ValueError: if `momentum` or `ramp_share` is out of range.

    Example:
        >>> batches = keras_transfer.data.paired_batches(
        ...     (x_labelled, y_labelled), x_unlabelled, 32, ratio=4, unlabelled_map=two_random_views
        ... )
        >>> model = keras_transfer.adaptation.MeanTeacher(classifier, total_steps=20 * len(batches))
        >>> model.compile(keras.optimizers.Adam(1e-3), metrics=["accuracy"])
        >>> model.fit(batches, epochs=20)
        >>> model.averaged.save("classifier.keras")

    Reference: [Tarvainen and Valpola, 2017](https://arxiv.org/abs/1703.01780)
    """

    def __init__(self, classifier, strength=2.0, total_steps=None, momentum=0.95, ramp_share=0.4, **kwargs):
        super().__init__(classifier, strength, total_steps, **kwargs)
        if not 0 < ramp_share <= 1:
            raise ValueError(f"`ramp_share` must be above 0, up to 1. Received: ramp_share={ramp_share}")
        self.momentum, self.ramp_share = momentum, ramp_share
        self.teacher = MomentumCopy([classifier], momentum, name="teacher")

    @property
    def averaged(self):
        """The teacher, a model like the classifier."""
        return self.teacher.models[0]

    def ramp(self, progress):
        """`exp(-5 (1 - t)^2)`."""
        return tf.exp(-5.0 * tf.square(1.0 - tf.minimum(progress / self.ramp_share, 1.0)))

    def call(self, inputs, training=None):
        """Logits of samples, the teacher's unless it trains; of pairs, the dict that `pair_outputs` makes."""
        if training or isinstance(inputs, list | tuple):
            return super().call(inputs, training=training)
        return self.teacher(inputs, training=False)

    def pair_outputs(self, labelled, unlabelled, training=None):
        """The classifier's logits of labelled samples and first views, the teacher's of second views."""
        views = two_views("MeanTeacher", unlabelled) if isinstance(unlabelled, list | tuple) else (unlabelled,) * 2
        first, second = (several(view, labelled) for view in views)
        logits = self.classifier(tf.concat([labelled, first], 0), training=training)
        rows = tf.shape(labelled)[0]
        taught = self.teacher(second, training=training)
        return {"logits": logits[:rows], "asked": logits[rows:], "taught": taught}

    def assistance(self, outputs):
        """The weighted mean squared distance of probabilities."""
        asked, taught = (tf.nn.softmax(tf.cast(outputs[name], tf.float32)) for name in ("asked", "taught"))
        return self.current_strength() * whole_mean(tf.reduce_sum(tf.math.squared_difference(asked, taught), 1))

    def after_update(self, outputs, advanced):
        """The teacher follows."""
        super().after_update(outputs, advanced)
        self.teacher.follow([self.classifier], advanced)

    def get_config(self):
        """Arguments of the constructor."""
        return {**super().get_config(), "momentum": self.momentum, "ramp_share": self.ramp_share}
