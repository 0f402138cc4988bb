"""What the models that learn from labels of their own making share."""

import keras
import tensorflow as tf

from keras_transfer.adaptation.assisted_classifier import AssistedClassifier
from keras_transfer.adaptation.cross_entropy import cross_entropy
from keras_transfer.losses.whole_batch import whole_mean


@keras.saving.register_keras_serializable("keras_transfer")
class SelfTraining(AssistedClassifier):
    """A classifier that takes what it is sure of in unlabelled samples for their classes.

    `pair_outputs` gives `said`, logits that make the labels, and `asked`, those that are to agree. Training logs `confident`,
    the share of unlabelled samples that have been given a label.

    Args:
        classifier: Built model from samples to logits `(batch, classes)`. It stays yours and is what trains.
        strength: Weight of the unlabelled samples' loss, `>= 0`.
        total_steps: Optimizer steps over which the strength rises. None: it is constant.
        threshold: Probability from which on a class counts as a label, within 0..1.
        **kwargs: `name`, `dtype`, as in `keras.Model`.

    Raises:
        ValueError: if `threshold` is out of range.
    """

    def __init__(self, classifier, strength=1.0, total_steps=None, threshold=0.95, **kwargs):
        super().__init__(classifier, strength, total_steps, **kwargs)
        if not 0 <= threshold <= 1:
            raise ValueError(f"`threshold` must be within 0..1. Received: threshold={threshold}")
        self.threshold = threshold
        self.confident = keras.metrics.Mean(name="confident")

    def own_labels(self, outputs):
        """Classes of the unlabelled samples, int64 `(rows,)`, and whether they are sure enough, 0 or 1, float32 `(rows,)`."""
        probabilities = tf.nn.softmax(tf.stop_gradient(tf.cast(outputs["said"], tf.float32)))
        sure = tf.cast(tf.reduce_max(probabilities, 1) >= self.threshold, tf.float32)
        return tf.argmax(probabilities, 1), sure

    def assistance(self, outputs):
        """The weighted mean over all unlabelled samples, those that are not sure counting as 0."""
        labels, sure = self.own_labels(outputs)
        return self.current_strength() * whole_mean(cross_entropy(labels, outputs["asked"]) * sure)

    def compute_metrics(self, x, y, y_pred, sample_weight=None):
        """Metrics of the labelled samples, and the share of unlabelled ones with a label."""
        if isinstance(y_pred, dict):
            self.confident.update_state(self.own_labels(y_pred)[1])
        return super().compute_metrics(x, y, y_pred, sample_weight)

    def get_config(self):
        """Arguments of the constructor."""
        return {**super().get_config(), "threshold": self.threshold}
