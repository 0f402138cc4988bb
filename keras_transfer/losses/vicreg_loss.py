"""Variance, invariance and covariance of VICReg."""

import keras
import tensorflow as tf

from keras_transfer.distribution.gather import sum_over_replicas
from keras_transfer.losses.embeddings import check_pair
from keras_transfer.losses.whole_batch import centred_views, for_each_sample


@keras.saving.register_keras_serializable("keras_transfer")
class VICRegLoss(keras.losses.Loss):
    """Make two views' embeddings equal, each of their numbers vary, and no two of them vary together.

    With `Z`, `Z'` the embeddings of the two views, `(batch, d)`, and unbiased variances and covariances over the whole batch,

        invariance  mean over samples and d of (Z - Z')^2
        variance    mean over d and both views of max(0, 1 - sqrt(var + epsilon))
        covariance  for each view, the squares of covariances off the diagonal, summed and divided by d; both views summed

    added with the weights below. Means and sums are those of the authors' code. Under a strategy, statistics are those of
    all replicas. Memory is O(batch d + d^2).

    Args:
        invariance: Weight, `>= 0`.
        variance: Weight, `>= 0`.
        covariance: Weight, `>= 0`.
        epsilon: Added to the variances, so that the root has a finite gradient.
        **kwargs: `reduction` and `name`, as in `keras.losses.Loss`.

    Call arguments: `y_true`, `y_pred`: embeddings of the two views, floats of shape `(batch, d)`.

    Example:
        >>> views = np.array([[1.0, 1.0], [1.0, -1.0], [-1.0, 1.0], [-1.0, -1.0]])
        >>> round(float(keras_transfer.losses.VICRegLoss()(views, views)), 4)
        0.0

    Reference: [Bardes et al., 2021](https://arxiv.org/abs/2105.04906)
    """

    def __init__(self, invariance=25.0, variance=25.0, covariance=1.0, epsilon=1e-4, name="vicreg", **kwargs):
        super().__init__(name=name, **kwargs)
        if min(invariance, variance, covariance) < 0:
            raise ValueError(
                f"Weights must be >= 0. Received: invariance={invariance}, variance={variance}, covariance={covariance}"
            )
        self.invariance, self.variance, self.covariance = invariance, variance, covariance
        self.epsilon = epsilon

    def call(self, y_true, y_pred):
        """Losses of shape `(batch,)`: a sample's own invariance, and what is common to all."""
        first, second = check_pair(type(self).__name__, y_pred, y_true)
        views, count = centred_views(type(self).__name__, first, second)
        unlike = tf.reduce_mean(tf.square(tf.cast(first, tf.float32) - tf.cast(second, tf.float32)), axis=1)
        covariances = sum_over_replicas(tf.matmul(views, views, transpose_a=True)) / (count - 1.0)
        variances = tf.linalg.diag_part(covariances)
        lacking = tf.reduce_mean(tf.nn.relu(1.0 - tf.sqrt(variances + self.epsilon)))
        together = tf.square(tf.linalg.set_diag(covariances, tf.zeros_like(variances)))
        common = self.variance * lacking + self.covariance * tf.reduce_sum(together) / tf.cast(
            tf.shape(together)[-1], tf.float32
        )
        return self.invariance * unlike + for_each_sample(common, first)

    def get_config(self):
        """Arguments of the constructor."""
        return {
            **super().get_config(),
            "invariance": self.invariance,
            "variance": self.variance,
            "covariance": self.covariance,
            "epsilon": self.epsilon,
        }
