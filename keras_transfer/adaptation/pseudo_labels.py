"""Pseudo-labels: unlabelled samples count as what the classifier takes them for."""

import keras
import tensorflow as tf

from keras_transfer.adaptation.assisted_classifier import several
from keras_transfer.adaptation.self_training import SelfTraining


@keras.saving.register_keras_serializable("keras_transfer")
class PseudoLabels(SelfTraining):
    """Train on the classes that the classifier itself, at this step, finds most probable for unlabelled samples.

    With `p` the classifier's probabilities and `c = argmax p(x_u)`, without gradient, the loss is

        mean CE(y, p(x_l)) + alpha mean 1[max p(x_u) >= threshold] CE(c, p(x_u)).

    `alpha` is 0 in the first tenth of `total_steps`, then rises evenly to `strength` at six tenths of it.

    Args:
        classifier: Built model from samples to logits `(batch, classes)`. It stays yours and is what trains.
        strength: `alpha` at the end, `>= 0`.
        total_steps: Optimizer steps of the whole training. None: `alpha` is `strength` from the start, for a classifier that
            knows something already.
        threshold: Probability from which on a class counts; 0, as in the paper, takes all.
        **kwargs: `name`, `dtype`, as in `keras.Model`.

    Trains on batches of `((x_labelled, x_unlabelled), y_labelled)`, as `keras_transfer.data.paired_batches` yields them, and logs
    `confident`, the share of unlabelled samples that counted.

    Example:
        >>> batches = keras_transfer.data.paired_batches((x_labelled, y_labelled), x_unlabelled, 32, ratio=4)
        >>> model = keras_transfer.adaptation.PseudoLabels(classifier, total_steps=20 * len(batches))
        >>> model.compile(keras.optimizers.Adam(1e-3), metrics=["accuracy"])
        >>> model.fit(batches, epochs=20)

    Reference: Lee, 2013, "Pseudo-Label: The Simple and Efficient Semi-Supervised Learning Method for Deep Neural Networks",
    ICML Workshop on Challenges in Representation Learning
    """

    def __init__(self, classifier, strength=3.0, total_steps=None, threshold=0.0, **kwargs):
        super().__init__(classifier, strength, total_steps, threshold, **kwargs)

    def ramp(self, progress):
        """0 up to a tenth, then evenly to 1 at six tenths."""
        return tf.clip_by_value((progress - 0.1) / 0.5, 0.0, 1.0)

    def pair_outputs(self, labelled, unlabelled, training=None):
        """Logits of both; the unlabelled ones' say and are asked."""
        samples = tf.concat([labelled, several(unlabelled, labelled)], 0)
        logits, rows = self.classifier(samples, training=training), tf.shape(labelled)[0]
        return {"logits": logits[:rows], "said": logits[rows:], "asked": logits[rows:]}
