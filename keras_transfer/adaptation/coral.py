"""Deep CORAL: outputs with the same covariance in both domains."""

import keras
import tensorflow as tf

from keras_transfer.adaptation.domain_classifier import DomainClassifier
from keras_transfer.distribution.gather import sum_over_replicas

_NAMES = {"logits": ("logits", "target_logits"), "features": ("source", "target")}


@keras.saving.register_keras_serializable("keras_transfer")
class CORAL(DomainClassifier):
    """Bring the covariances of the two domains' logits, or of their features, together.

    With `C` the covariance of the `d` logits of a domain's samples over the whole batch, over all replicas, the loss is

        mean CE(y_s, p(x_s)) + strength |C_s - C_t|^2 / (4 d^2).

    Args:
        classifier: Model from samples to logits, as `keras_transfer.transfer.classifier` makes it. It stays yours and trains.
        strength: Weight of the distance, `>= 0`. The paper has it such that both parts are of one size at the end, for which
            features, small numbers often, want a large one.
        total_steps: Optimizer steps over which the strength rises from 0, as in `DANN`. None: it is constant.
        of: `"logits"`, as in the paper, or `"features"`, what the classifier's last layer takes.
        **kwargs: `name`, `dtype`, as in `keras.Model`.

    Trains on batches of `((x_source, x_target), y_source)`, as `keras_transfer.data.paired_batches` yields them, with at least
    two samples of each domain.

    Raises:
        ValueError: if `of` is neither.

    Example:
        >>> model = keras_transfer.adaptation.CORAL(keras_transfer.transfer.classifier(encoder, classes=10))
        >>> model.compile(keras.optimizers.Adam(1e-3), metrics=["accuracy"])
        >>> model.fit(keras_transfer.data.paired_batches((x_source, y_source), x_target, 64), epochs=20)

    Reference: [Sun and Saenko, 2016](https://arxiv.org/abs/1607.01719)
    """

    def __init__(self, classifier, strength=1.0, total_steps=None, of="logits", **kwargs):
        super().__init__(classifier, strength, total_steps, **kwargs)
        if of not in _NAMES:
            raise ValueError(f"`of` must be 'logits' or 'features'. Received: of={of!r}")
        self.of = of

    def assistance(self, outputs):
        """The weighted distance between the covariances."""
        source, target = (outputs[name] for name in _NAMES[self.of])
        return self.current_strength() * coral_distance(source, target)

    def get_config(self):
        """Arguments of the constructor."""
        return {**super().get_config(), "of": self.of}


def coral_distance(source, target):
    """`|C_s - C_t|^2 / (4 d^2)` of float32 features `(rows, d)`, covariances being those over the whole batch."""
    width = source.shape[-1]
    return tf.reduce_sum(tf.square(_covariance(source) - _covariance(target))) / (4.0 * width**2)


def _covariance(features):
    rows = tf.stop_gradient(sum_over_replicas(tf.cast(tf.shape(features)[0], tf.float32)))
    tf.debugging.assert_greater_equal(rows, 2.0, "CORAL needs at least 2 samples of each domain in a batch")
    centred = features - sum_over_replicas(tf.reduce_sum(features, 0, keepdims=True)) / rows
    return sum_over_replicas(tf.matmul(centred, centred, transpose_a=True)) / (rows - 1.0)
