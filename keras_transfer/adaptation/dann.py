"""DANN: features from which nobody can tell the domain."""

import keras

from keras_transfer.adaptation.domain_classifier import DomainClassifier
from keras_transfer.adaptation.domain_head import DomainHead


@keras.saving.register_keras_serializable("keras_transfer")
class DANN(DomainClassifier):
    """Train a domain head to tell source from target, and the encoder, through a gradient reversal, so that it cannot.

    With `f` the features and `d` the domain head's probability of the source, the loss is

        mean CE(y_s, head(f_s)) - (mean log d(R(f_s)) + mean log(1 - d(R(f_t)))) / 2,

    where `R` is the identity with the gradient times `-lambda`, `lambda = strength (2 / (1 + exp(-10 p)) - 1)` after a share
    `p` of `total_steps`.

    Args:
        classifier: Model from samples to logits, as `keras_transfer.transfer.classifier` makes it. It stays yours and trains.
        strength: `lambda` at the end, `>= 0`.
        total_steps: Optimizer steps of the whole training. None: `lambda` is `strength` throughout.
        hidden: Widths of the domain head's hidden layers.
        **kwargs: `name`, `dtype`, as in `keras.Model`.

    Trains on batches of `((x_source, x_target), y_source)`, as `keras_transfer.data.paired_batches` yields them.

    Example:
        >>> classifier = keras_transfer.transfer.classifier(encoder, classes=10)
        >>> batches = keras_transfer.data.paired_batches((x_source, y_source), x_target, 64)
        >>> model = keras_transfer.adaptation.DANN(classifier, total_steps=20 * len(batches))
        >>> model.compile(keras.optimizers.Adam(1e-3), metrics=["accuracy"])
        >>> model.fit(batches, epochs=20)
        >>> model.evaluate(x_test, y_test)  # of the target

    Reference: [Ganin et al., 2016](https://arxiv.org/abs/1505.07818)
    """

    def __init__(self, classifier, strength=1.0, total_steps=None, hidden=(128, 128), **kwargs):
        super().__init__(classifier, strength, total_steps, **kwargs)
        self.hidden = tuple(hidden)
        self.domain_head = DomainHead(self.hidden, name="domain_head")
        self.domain_head.build(self.head.input.shape)

    def assistance(self, outputs):
        """The domain head's loss, with its gradient turned on the way to the encoder."""
        return self.domain_head.confusion(outputs["source"], outputs["target"], self.current_strength())

    def get_config(self):
        """Arguments of the constructor."""
        return {**super().get_config(), "hidden": list(self.hidden)}
