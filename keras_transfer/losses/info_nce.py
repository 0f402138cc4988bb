"""InfoNCE: which key belongs to this query?"""

import keras
import tensorflow as tf

from keras_transfer.distribution.gather import gather
from keras_transfer.losses.embeddings import check_pair, check_temperature, unit_rows
from keras_transfer.losses.row_logsumexp import row_logsumexp


@keras.saving.register_keras_serializable("keras_transfer")
class InfoNCE(keras.losses.Loss):
    """Tell a query's own key from other keys.

    With unit-length queries `q` and keys `k`, and `K` the keys that are compared,

        loss(i) = -q_i.k_i / t + log sum_{k in K} exp(q_i.k / t).

    `K` is the keys of the whole batch, over all replicas, and the `negatives` given, if any; or, with `in_batch=False`, a
    query's own key and the `negatives` alone. The gradient is that of one device holding the whole batch. Memory does not
    grow with the product of queries and keys.

    Args:
        temperature: `t > 0`. Lower weighs near negatives more.
        in_batch: Whether other samples' keys are negatives.
        **kwargs: `reduction` and `name`, as in `keras.losses.Loss`.

    Call arguments: `y_true`: keys, `y_pred`: queries, floats of shape `(batch, d)`, of any length. `compare` takes negatives,
    too.

    Example:
        >>> loss = keras_transfer.losses.InfoNCE(temperature=0.1)
        >>> float(loss(np.eye(4), np.eye(4))) < 1e-3
        True

    Reference: [van den Oord et al., 2018](https://arxiv.org/abs/1807.03748)
    """

    def __init__(self, temperature=0.1, in_batch=True, name="info_nce", **kwargs):
        super().__init__(name=name, **kwargs)
        self.temperature = check_temperature(temperature)
        self.in_batch = in_batch

    def call(self, y_true, y_pred):
        """Losses of shape `(batch,)` of this replica's queries."""
        return self.compare(y_pred, y_true)

    def compare(self, queries, keys, negatives=None):
        """Losses of queries against their keys and further negatives.

        Args:
            queries: Floats of shape `(batch, d)`, of any length.
            keys: As `queries`: row i is the key of query i.
            negatives: Floats of shape `(negatives, d)`, of any length, the same on all replicas; or None.

        Returns:
            float32 of shape `(batch,)`.

        Raises:
            ValueError: if shapes do not fit, or there is nothing to compare with.
        """
        queries, keys = check_pair(type(self).__name__, queries, keys)
        if negatives is None and not self.in_batch:
            raise ValueError(
                f"{type(self).__name__}(in_batch=False) has only the `negatives` to compare with: call `compare(queries, keys, "
                "negatives)`. Received: negatives=None"
            )
        queries, keys = unit_rows(queries), unit_rows(keys)
        negatives = None if negatives is None else unit_rows(negatives)
        if self.in_batch:
            whole, offset = gather(keys)
            compared = whole if negatives is None else tf.concat([whole, negatives], axis=0)
            own = tf.range(tf.shape(queries)[0]) + offset
            return row_logsumexp(queries, compared, temperature=self.temperature, positive=own)
        positive = tf.reduce_sum(queries * keys, axis=1) / self.temperature
        others = row_logsumexp(queries, negatives, temperature=self.temperature)
        return tf.reduce_logsumexp(tf.stack([others, positive]), axis=0) - positive

    def get_config(self):
        """Arguments of the constructor."""
        return {**super().get_config(), "temperature": self.temperature, "in_batch": self.in_batch}
