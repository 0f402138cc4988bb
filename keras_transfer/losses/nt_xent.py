"""The normalised temperature-scaled cross-entropy of SimCLR."""

import keras
import tensorflow as tf

from keras_transfer.distribution.gather import gather
from keras_transfer.losses.embeddings import check_pair, check_samples, check_temperature, unit_rows
from keras_transfer.losses.row_logsumexp import row_logsumexp


@keras.saving.register_keras_serializable("keras_transfer")
class NTXent(keras.losses.Loss):
    """Tell a sample's other view from every other view in the whole batch.

    With `z` the `2n` unit-length embeddings of `n` samples in two views and `p(i)` the other view of the same sample,

        loss(i) = -z_i.z_p(i) / t + log sum_{k != i} exp(z_i.z_k / t),

    averaged over the two views of a sample. Under a strategy, negatives come from all replicas, and the gradient is that
    of one device holding the whole batch. Memory does not grow with the square of the batch.

    Args:
        temperature: `t > 0`. Lower weighs near negatives more.
        **kwargs: `reduction` and `name`, as in `keras.losses.Loss`.

    Call arguments: `y_true`, `y_pred`: embeddings of the two views, floats of shape `(batch, d)`, of any length.

    Example:
        >>> loss = keras_transfer.losses.NTXent(temperature=0.1)
        >>> float(loss(np.eye(4), np.eye(4))) < 1e-3
        True

    Reference: [Chen et al., 2020](https://arxiv.org/abs/2002.05709)
    """

    def __init__(self, temperature=0.1, name="nt_xent", **kwargs):
        super().__init__(name=name, **kwargs)
        self.temperature = check_temperature(temperature)

    def call(self, y_true, y_pred):
        """Losses of shape `(batch,)` of this replica's samples."""
        first, second = check_pair(type(self).__name__, y_pred, y_true)
        # Views of a sample are neighbours, and both go in one gather: a collective has a cost of its own.
        views = unit_rows(tf.stack([first, second], axis=1))
        whole, offset = gather(views)
        check_samples(type(self).__name__, tf.shape(whole)[0])
        queries, keys = (tf.reshape(rows, [-1, rows.shape[-1]]) for rows in (views, whole))
        own = tf.range(tf.shape(queries)[0]) + 2 * offset
        positive = tf.bitwise.bitwise_xor(own, 1)
        losses = row_logsumexp(
            queries, keys, self.left_out(own, positive), temperature=self.temperature, positive=positive
        )
        return tf.reduce_mean(tf.reshape(losses, [-1, 2]), axis=1)

    def left_out(self, own, positive):
        """Columns that row i's denominator leaves out, of shape `(rows, e)`, given those of itself and its positive."""
        del positive
        return own[:, None]

    def get_config(self):
        """Arguments of the constructor."""
        return {**super().get_config(), "temperature": self.temperature}
