"""What the models that learn from labelled and unlabelled samples share."""

import math

import keras
import tensorflow as tf

from keras_transfer.adaptation.check_logits import check_logits
from keras_transfer.adaptation.cross_entropy import cross_entropy
from keras_transfer.distribution.assign import assign
from keras_transfer.losses.whole_batch import for_each_sample
from keras_transfer.objectives.objective import check_encoder
from keras_transfer.objectives.whole_batch_model import WholeBatchModel


@keras.saving.register_keras_serializable("keras_transfer")
class AssistedClassifier(WholeBatchModel):
    """A classifier trained on labelled samples, and on what `assistance` makes of unlabelled ones.

    Trains on batches of `((x_labelled, x_unlabelled), y_labelled)`, as `keras_transfer.data.paired_batches` yields them. The
    loss is the mean cross-entropy of the labelled samples plus `assistance`. Given samples alone, `model(x)`, `predict` and
    `evaluate(x, y)` are those of the classifier.

    Args:
        classifier: Built model from samples to logits `(batch, classes)`, one input. It stays yours and is what trains.
        strength: Weight of the assistance, `>= 0`.
        total_steps: Optimizer steps over which the strength rises from 0, as `ramp` says. None: it is constant.
        **kwargs: `name`, `dtype`, as in `keras.Model`.

    Raises:
        TypeError: if `classifier` is not a Keras layer or model.
        ValueError: if it is not built, ends with an activation, or a number is out of range.
    """

    def __init__(self, classifier, strength=1.0, total_steps=None, **kwargs):
        super().__init__(**kwargs)
        check_encoder("classifier", classifier)
        check_logits("classifier", classifier)
        if not (strength >= 0 and math.isfinite(strength)):
            raise ValueError(f"`strength` must be a number >= 0. Received: strength={strength}")
        if total_steps is not None and (int(total_steps) != total_steps or total_steps < 1):
            raise ValueError(f"`total_steps` must be a whole number >= 1, or None. Received: total_steps={total_steps}")
        self.classifier, self.strength, self.total_steps = classifier, strength, total_steps
        self.steps = self.add_weight(shape=(), dtype="int64", initializer="zeros", trainable=False, name="steps")
        self.built = True

    def call(self, inputs, training=None):
        """Logits of samples; of a pair of labelled and unlabelled ones, the dict that `pair_outputs` makes."""
        if not isinstance(inputs, list | tuple):
            return self.classifier(inputs, training=training)
        if len(inputs) != 2:
            raise ValueError(
                f"{type(self).__name__} takes samples, or pairs (labelled, unlabelled). Received: {len(inputs)} inputs"
            )
        labelled, unlabelled = inputs
        for samples in unlabelled if isinstance(unlabelled, list | tuple) else [unlabelled]:
            if samples.dtype != labelled.dtype or samples.shape[-1] != labelled.shape[-1]:
                raise ValueError(
                    "Labelled and unlabelled samples must have one form: bring them into it with `map` and "
                    "`unlabelled_map` of keras_transfer.data.paired_batches. "
                    f"Received: {labelled.dtype.name} {labelled.shape}, {samples.dtype.name} {samples.shape}"
                )
        return self.pair_outputs(labelled, unlabelled, training=training)

    def pair_outputs(self, labelled, unlabelled, training=None):
        """A dict with the labelled samples' `logits` and what `assistance` needs."""
        raise NotImplementedError(f"{type(self).__name__} must define `pair_outputs`.")

    def assistance(self, outputs):
        """What is added to the mean cross-entropy: a float32 scalar on the whole batch, the same on every replica."""
        raise NotImplementedError(f"{type(self).__name__} must define `assistance`.")

    def ramp(self, progress):
        """Share of the strength that applies after a share of `total_steps`, `2 / (1 + exp(-10 p)) - 1` here."""
        return 2.0 / (1.0 + tf.exp(-10.0 * progress)) - 1.0

    def current_strength(self):
        """The strength of the next step, a float32 scalar."""
        if self.total_steps is None:
            return tf.constant(self.strength, tf.float32)
        progress = tf.cast(tf.convert_to_tensor(self.steps), tf.float32) / self.total_steps
        return self.strength * self.ramp(tf.minimum(progress, 1.0))

    def example_losses(self, inputs, outputs, labels=None):
        """Cross-entropy of each labelled sample, plus the assistance while there is something to be assisted by."""
        if labels is None:
            raise ValueError(
                f"{type(self).__name__} needs labels: batches of ((x_labelled, x_unlabelled), y_labelled). Received: none"
            )
        if not isinstance(outputs, dict):
            return cross_entropy(labels, outputs)
        losses = self.labelled_losses(labels, outputs)
        return losses + for_each_sample(self.assistance(outputs), losses)

    def labelled_losses(self, labels, outputs):
        """Cross-entropy of each labelled sample, `(batch,)`."""
        return cross_entropy(labels, outputs["logits"])

    def train_step(self, data):
        """One update from one batch."""
        x, _, _ = keras.utils.unpack_x_y_sample_weight(data)
        if not isinstance(x, list | tuple):
            raise ValueError(
                f"{type(self).__name__} is fitted to batches of ((x_labelled, x_unlabelled), y_labelled), as "
                "keras_transfer.data.paired_batches yields them. Received: labelled samples alone"
            )
        return super().train_step(data)

    def after_update(self, outputs, advanced):
        """Count the step."""
        assign(self.steps, tf.convert_to_tensor(self.steps) + tf.cast(advanced, tf.int64))

    def compute_metrics(self, x, y, y_pred, sample_weight=None):
        """Metrics of the labelled samples."""
        logits = y_pred["logits"] if isinstance(y_pred, dict) else y_pred
        return super().compute_metrics(x, y, logits, sample_weight)

    def get_config(self):
        """Arguments of the constructor."""
        config = super().get_config()
        return {
            **config,
            "classifier": keras.saving.serialize_keras_object(self.classifier),
            "strength": self.strength,
            "total_steps": self.total_steps,
        }


def several(unlabelled, like):
    """Unlabelled samples as rows: `(batch, k, ...)`, k a labelled one, becomes `(batch k, ...)`."""
    if unlabelled.shape.rank == like.shape.rank + 1:
        return tf.reshape(unlabelled, tf.concat([[-1], tf.shape(unlabelled)[2:]], 0))
    return unlabelled


def two_views(name, unlabelled):
    """The two views of unlabelled samples that a model of this name needs."""
    if not isinstance(unlabelled, list | tuple) or len(unlabelled) != 2:
        got = f"{len(unlabelled)} views" if isinstance(unlabelled, list | tuple) else "samples that are no views"
        raise ValueError(
            f"{name} needs two views of unlabelled samples: batches of ((x_labelled, (first, second)), y_labelled), as "
            f"keras_transfer.data.paired_batches yields them with an `unlabelled_map` that gives two. Received: {got}"
        )
    return unlabelled
