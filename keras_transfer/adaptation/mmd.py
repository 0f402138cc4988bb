"""DAN: features with the same mean embedding under several kernels in both domains."""

import keras
import tensorflow as tf

from keras_transfer.adaptation.domain_classifier import DomainClassifier
from keras_transfer.distribution.gather import gather


@keras.saving.register_keras_serializable("keras_transfer")
class MMD(DomainClassifier):
    """Bring the two domains' features together in maximum mean discrepancy (deep adaptation networks).

    With the kernel `k(a, b) = mean over m in multiples of exp(-|a - b|^2 / (m s))`, the loss is

        mean CE(y_s, head(f_s)) + strength (E k(f_s, f_s') + E k(f_t, f_t') - 2 E k(f_s, f_t)),

    the unbiased estimate over all pairs of different samples of the whole batch, over all replicas. `s` is the mean or the median
    of the squared distances of all these pairs, without gradient, or a number.

    Args:
        classifier: Model from samples to logits, as `keras_transfer.transfer.classifier` makes it. It stays yours and trains.
        strength: Weight of the discrepancy, `>= 0`.
        total_steps: Optimizer steps over which the strength rises from 0, as in `DANN`. None: it is constant.
        multiples: Of `s`, one kernel each, above 0.
        bandwidth: `"mean"`, `"median"`, or `s` itself, above 0.
        **kwargs: `name`, `dtype`, as in `keras.Model`.

    Trains on batches of `((x_source, x_target), y_source)`, as `keras_transfer.data.paired_batches` yields them, with at least
    two samples of each domain.

    Raises:
        ValueError: if `multiples` or `bandwidth` are not such.

    Example:
        >>> model = keras_transfer.adaptation.MMD(keras_transfer.transfer.classifier(encoder, classes=10))
        >>> model.compile(keras.optimizers.Adam(1e-3), metrics=["accuracy"])
        >>> model.fit(keras_transfer.data.paired_batches((x_source, y_source), x_target, 64), epochs=20)

    Reference: [Long et al., 2015](https://arxiv.org/abs/1502.02791)
    """

    def __init__(
        self,
        classifier,
        strength=1.0,
        total_steps=None,
        multiples=(0.25, 0.5, 1.0, 2.0, 4.0),
        bandwidth="mean",
        **kwargs,
    ):
        super().__init__(classifier, strength, total_steps, **kwargs)
        self.multiples, self.bandwidth = tuple(multiples), bandwidth
        if not self.multiples or not all(multiple > 0 for multiple in self.multiples):
            raise ValueError(f"`multiples` must be one or more numbers above 0. Received: multiples={multiples}")
        if bandwidth not in ("mean", "median") and (isinstance(bandwidth, str) or not bandwidth > 0):
            raise ValueError(
                f"`bandwidth` must be 'mean', 'median' or a number above 0. Received: bandwidth={bandwidth!r}"
            )

    def assistance(self, outputs):
        """The weighted discrepancy."""
        return self.current_strength() * discrepancy(
            outputs["source"], outputs["target"], self.multiples, self.bandwidth
        )

    def get_config(self):
        """Arguments of the constructor."""
        return {**super().get_config(), "multiples": list(self.multiples), "bandwidth": self.bandwidth}


def discrepancy(source, target, multiples, bandwidth):
    """Unbiased squared MMD of float32 features `(rows, d)` over the whole batch, a scalar."""
    (source, _), (target, _) = gather(source), gather(target)
    rows, others = tf.shape(source)[0], tf.shape(target)[0]
    tf.debugging.assert_greater_equal(
        tf.minimum(rows, others), 2, "MMD needs at least 2 samples of each domain in a batch"
    )
    features = tf.concat([source, target], 0)
    # Centred: norms less products of far away features with small distances would leave nothing.
    features -= tf.stop_gradient(tf.reduce_mean(features, 0))
    norms = tf.reduce_sum(tf.square(features), 1)
    squares = tf.maximum(norms[:, None] + norms[None] - 2.0 * tf.matmul(features, features, transpose_b=True), 0.0)
    different = 1.0 - tf.eye(rows + others)
    scale = _scale(squares, different, bandwidth)
    kernel = tf.add_n([tf.exp(-squares / (multiple * scale)) for multiple in multiples]) / len(multiples) * different
    n, m = tf.cast(rows, tf.float32), tf.cast(others, tf.float32)
    return (
        tf.reduce_sum(kernel[:rows, :rows]) / (n * (n - 1.0))
        + tf.reduce_sum(kernel[rows:, rows:]) / (m * (m - 1.0))
        - 2.0 * tf.reduce_sum(kernel[:rows, rows:]) / (n * m)
    )


def _scale(squares, different, bandwidth):
    if not isinstance(bandwidth, str):
        return tf.constant(bandwidth, tf.float32)
    if bandwidth == "mean":
        scale = tf.reduce_sum(squares * different) / tf.reduce_sum(different)
    else:
        distances = tf.sort(tf.boolean_mask(squares, different > 0.5))
        middle = tf.shape(distances)[0] // 2  # each pair stands twice, so their number is even
        scale = (distances[middle - 1] + distances[middle]) / 2.0
    return tf.maximum(tf.stop_gradient(scale), 1e-12)
