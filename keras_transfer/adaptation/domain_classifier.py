"""What the models that bring two domains' features together share."""

import keras
import tensorflow as tf

from keras_transfer.adaptation.assisted_classifier import AssistedClassifier, several


@keras.saving.register_keras_serializable("keras_transfer")
class DomainClassifier(AssistedClassifier):
    """A classifier for a target domain without labels, learnt from a source domain with labels.

    The features that are brought together are those that the classifier's last layer takes. Both domains' samples have one
    shape and go through the network as one batch, so that batch norm sees them together, unless a subclass says otherwise.

    Args:
        classifier: Functional or sequential model whose last layer gives logits `(batch, classes)`, as
            `keras_transfer.transfer.classifier` makes it. It stays yours and is what trains.
        strength: Weight of what brings the domains together, `>= 0`.
        total_steps: Optimizer steps over which the strength rises from 0. None: it is constant.
        **kwargs: `name`, `dtype`, as in `keras.Model`.

    Raises:
        ValueError: if the classifier's last layer is not one from vectors to logits.
    """

    def __init__(self, classifier, strength=1.0, total_steps=None, **kwargs):
        super().__init__(classifier, strength, total_steps, **kwargs)
        self.head = _head_of(classifier)
        # The same layers by another road: not tracked, or they would be listed twice.
        object.__setattr__(self, "_body", keras.Model(classifier.inputs, self.head.input))

    def pair_outputs(self, labelled, unlabelled, training=None):
        """Features and logits of both domains."""
        target = several(unlabelled, labelled)
        features = self._body(tf.concat([labelled, target], 0), training=training)
        logits = tf.cast(self.head(features), tf.float32)
        features = tf.cast(features, tf.float32)
        rows = tf.shape(labelled)[0]
        return {
            "logits": logits[:rows],
            "target_logits": logits[rows:],
            "source": features[:rows],
            "target": features[rows:],
        }


def _head_of(classifier):
    layers = getattr(classifier, "layers", [])
    if not layers or not isinstance(classifier, keras.Sequential | keras.src.models.functional.Functional):
        raise ValueError(
            "`classifier` must be a functional or sequential model, as keras_transfer.transfer.classifier makes it. "
            f"Received: {classifier.name}, a {type(classifier).__name__}"
        )
    head = layers[-1]
    if (
        len(classifier.outputs) != 1
        or head.output is not classifier.outputs[0]
        or {len(head.input.shape), len(head.output.shape)} != {2}
    ):
        raise ValueError(
            "The last layer of `classifier` must turn vectors into logits (batch, classes), its only output. "
            f"Received: {classifier.name}, whose last layer is {head.name}"
        )
    return head
