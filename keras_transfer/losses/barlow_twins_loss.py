"""The redundancy reduction of Barlow Twins."""

import keras
import tensorflow as tf

from keras_transfer.distribution.gather import sum_over_replicas
from keras_transfer.losses.embeddings import check_pair
from keras_transfer.losses.whole_batch import centred_views, for_each_sample


@keras.saving.register_keras_serializable("keras_transfer")
class BarlowTwinsLoss(keras.losses.Loss):
    """Make the cross-correlation of two views' embeddings the identity.

    With `C` the `(d, d)` correlation, over the whole batch, of every number of one view's embedding with every number of the
    other's,

        loss = sum_i (1 - C_ii)^2 + redundancy sum_{i != j} C_ij^2.

    Under a strategy, `C` is that of the batches of all replicas. Memory is O(batch d + d^2).

    Args:
        redundancy: Weight of the correlations off the diagonal, `>= 0`.
        epsilon: Added to the variances, so that an embedding that is the same for all samples has a finite gradient.
        **kwargs: `reduction` and `name`, as in `keras.losses.Loss`.

    Call arguments: `y_true`, `y_pred`: embeddings of the two views, floats of shape `(batch, d)`. The one number that is the
    loss is given as that of each sample.

    Example:
        >>> views = np.array([[1.0, 1.0], [1.0, -1.0], [-1.0, 1.0], [-1.0, -1.0]])
        >>> round(float(keras_transfer.losses.BarlowTwinsLoss()(views, views)), 4)
        0.0

    Reference: [Zbontar et al., 2021](https://arxiv.org/abs/2103.03230)
    """

    def __init__(self, redundancy=0.0051, epsilon=1e-5, name="barlow_twins", **kwargs):
        super().__init__(name=name, **kwargs)
        if redundancy < 0:
            raise ValueError(f"`redundancy` must be >= 0. Received: redundancy={redundancy}")
        self.redundancy, self.epsilon = redundancy, epsilon

    def call(self, y_true, y_pred):
        """Losses of shape `(batch,)`, all equal."""
        first, second = check_pair(type(self).__name__, y_pred, y_true)
        views, count = centred_views(type(self).__name__, first, second)
        variances = sum_over_replicas(tf.reduce_sum(tf.square(views), axis=1)) / count
        covariance = sum_over_replicas(tf.matmul(views[0], views[1], transpose_a=True)) / count
        scales = tf.math.rsqrt(variances + self.epsilon)
        correlation = covariance * scales[0][:, None] * scales[1][None, :]
        diagonal = tf.linalg.diag_part(correlation)
        redundant = tf.linalg.set_diag(correlation, tf.zeros_like(diagonal))
        loss = tf.reduce_sum(tf.square(1.0 - diagonal)) + self.redundancy * tf.reduce_sum(tf.square(redundant))
        return for_each_sample(loss, first)

    def get_config(self):
        """Arguments of the constructor."""
        return {**super().get_config(), "redundancy": self.redundancy, "epsilon": self.epsilon}
