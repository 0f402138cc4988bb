"""CDAN: features and predictions together, from which nobody can tell the domain."""

import keras
import tensorflow as tf

from keras_transfer.adaptation.domain_classifier import DomainClassifier
from keras_transfer.adaptation.domain_head import DomainHead

# Beyond that many products the paper takes a random map.
_LARGEST, _RANDOM = 4096, 1024


@keras.saving.register_keras_serializable("keras_transfer")
class CDAN(DomainClassifier):
    """Like `DANN`, with a domain head that sees every feature times every class's probability.

    With `f` the features and `g` the probabilities, without gradient, the domain head takes all products `f_i g_k` (the
    multilinear map), so that what is brought together is each class with itself. With entropy weights (CDAN+E) a sample counts
    `1 + exp(-H(g))`, over the sum of that in its domain: those of which the classifier is sure count more.

    Args:
        classifier: Model from samples to logits, as `keras_transfer.transfer.classifier` makes it. It stays yours and trains.
        strength: `lambda` at the end, as in `DANN`, `>= 0`.
        total_steps: Optimizer steps of the whole training. None: `lambda` is `strength` throughout.
        hidden: Widths of the domain head's hidden layers.
        entropy_weights: Whether samples count by how sure the classifier is of them.
        random_size: Size of a random map to take instead, `(R f) (Q g) / sqrt(size)` entry by entry with fixed normal matrices
            `R` and `Q`. None: 1024 where there are more than 4096 products, else no such map.
        **kwargs: `name`, `dtype`, as in `keras.Model`.

    Trains on batches of `((x_source, x_target), y_source)`, as `keras_transfer.data.paired_batches` yields them.

    Raises:
        ValueError: if a number is out of range.

    Example:
        >>> batches = keras_transfer.data.paired_batches((x_source, y_source), x_target, 64)
        >>> model = keras_transfer.adaptation.CDAN(classifier, total_steps=20 * len(batches))
        >>> model.compile(keras.optimizers.Adam(1e-3), metrics=["accuracy"])
        >>> model.fit(batches, epochs=20)

    Reference: [Long et al., 2018](https://arxiv.org/abs/1705.10667)
    """

    def __init__(
        self,
        classifier,
        strength=1.0,
        total_steps=None,
        hidden=(128, 128),
        entropy_weights=True,
        random_size=None,
        **kwargs,
    ):
        super().__init__(classifier, strength, total_steps, **kwargs)
        if random_size is not None and (int(random_size) != random_size or random_size < 1):
            raise ValueError(f"`random_size` must be a whole number >= 1, or None. Received: random_size={random_size}")
        self.hidden, self.entropy_weights, self.random_size = tuple(hidden), entropy_weights, random_size
        features, classes = self.head.input.shape[-1], self.head.output.shape[-1]
        size = random_size or (_RANDOM if features * classes > _LARGEST else None)
        self.of_features = None if size is None else self._drawn("of_features", features, size, seed=1)
        self.of_classes = None if size is None else self._drawn("of_classes", classes, size, seed=2)
        self.domain_head = DomainHead(self.hidden, name="domain_head")
        self.domain_head.build((None, features * classes if size is None else size))

    def _drawn(self, name, width, size, seed):
        normal = keras.initializers.RandomNormal(stddev=1.0, seed=seed)
        return self.add_weight(shape=(width, size), initializer=normal, trainable=False, dtype="float32", name=name)

    def assistance(self, outputs):
        """The domain head's loss, with its gradient turned on the way to the encoder."""
        maps, weights = [], []
        for features, logits in (("source", "logits"), ("target", "target_logits")):
            probabilities = tf.stop_gradient(tf.nn.softmax(outputs[logits]))
            maps.append(self.joint(outputs[features], probabilities))
            weights.append(certainty(probabilities) if self.entropy_weights else None)
        return self.domain_head.confusion(*maps, self.current_strength(), *weights)

    def joint(self, features, probabilities):
        """What the domain head sees of `(rows, features)` and `(rows, classes)`: `(rows, width)`."""
        if self.of_features is None:
            products = features[:, :, None] * probabilities[:, None, :]
            return tf.reshape(products, [-1, products.shape[1] * products.shape[2]])
        mapped = tf.matmul(features, tf.convert_to_tensor(self.of_features))
        return mapped * tf.matmul(probabilities, tf.convert_to_tensor(self.of_classes)) / mapped.shape[-1] ** 0.5

    def get_config(self):
        """Arguments of the constructor."""
        return {
            **super().get_config(),
            "hidden": list(self.hidden),
            "entropy_weights": self.entropy_weights,
            "random_size": self.random_size,
        }


def certainty(probabilities):
    """`1 + exp(-H)`, within 1..2, of probabilities `(rows, classes)`."""
    return 1.0 + tf.exp(tf.reduce_sum(probabilities * tf.math.log(probabilities + 1e-12), 1))
