"""Supervised contrast: all samples of a class attract each other."""

import keras
import tensorflow as tf

from keras_transfer.distribution.gather import gather
from keras_transfer.losses.embeddings import check_samples, check_temperature, unit_rows
from keras_transfer.losses.row_logsumexp import row_logsumexp


@keras.saving.register_keras_serializable("keras_transfer")
class SupConLoss(keras.losses.Loss):
    """Tell all views of a sample's class from the views of other classes.

    With `z` the unit-length embeddings of all views in the whole batch and `P(i)` those of i's class but i itself,

        loss(i) = -1 / |P(i)| sum_{p in P(i)} log(exp(z_i.z_p / t) / sum_{k != i} exp(z_i.z_k / t)),

    averaged over the views of a sample: the paper's `L_out`, not scaled by the temperature. A view without another of its
    class counts as 0. Under a strategy, positives and negatives come from all replicas, and the gradient is that of one
    device holding the whole batch. The mean over positives is taken through sums per class, so memory and time do not grow
    with the number of pairs of a class.

    Args:
        temperature: `t > 0`.
        **kwargs: `reduction` and `name`, as in `keras.losses.Loss`.

    Call arguments: `y_true`: class numbers, integers of shape `(batch,)` or `(batch, 1)`; below 0 for a sample without label,
    whose only positives are its own other views. `y_pred`: embeddings of any length, `(batch, views, d)`, or `(batch, d)` for
    one view.

    Example:
        >>> loss = keras_transfer.losses.SupConLoss(temperature=0.1)
        >>> round(float(loss([0, 0, 1, 1], np.eye(2)[[0, 0, 1, 1]])), 4)  # the other of two equal samples
        0.0001

    Reference: [Khosla et al., 2020](https://arxiv.org/abs/2004.11362)
    """

    def __init__(self, temperature=0.1, name="sup_con", **kwargs):
        super().__init__(name=name, **kwargs)
        self.temperature = check_temperature(temperature)

    def call(self, y_true, y_pred):
        """Losses of shape `(batch,)` of this replica's samples."""
        labels, embeddings = self._checked(y_true, y_pred)
        views = embeddings.shape[1]
        embeddings = unit_rows(embeddings)
        local = tf.shape(embeddings)[0]
        whole, offset = gather(embeddings)
        check_samples(type(self).__name__, tf.shape(whole)[0])
        every_label = _without_label_alone(gather(labels)[0])
        keys = tf.reshape(whole, [-1, whole.shape[-1]])
        key_class = _numbered(tf.repeat(every_label, views))
        own = tf.range(local * views) + offset * views
        queries = tf.reshape(embeddings, [-1, embeddings.shape[-1]])
        own_class = tf.gather(key_class, own)
        # As many sums as there are rows: XLA has to know their number.
        sums, counts = (
            tf.math.unsorted_segment_sum(rows, key_class, tf.shape(keys)[0])
            for rows in (keys, tf.ones_like(keys[:, 0]))
        )
        others = tf.gather(sums, own_class) - queries
        count = tf.gather(counts, own_class) - 1.0
        attraction = tf.reduce_sum(queries * others, axis=1) / tf.maximum(count, 1.0) / self.temperature
        losses = row_logsumexp(queries, keys, own[:, None], temperature=self.temperature) - attraction
        losses = tf.where(count > 0, losses, 0.0)
        return tf.reduce_mean(tf.reshape(losses, [-1, views]), axis=1)

    def _checked(self, labels, embeddings):
        labels, embeddings = tf.convert_to_tensor(labels), tf.convert_to_tensor(embeddings)
        if len(labels.shape) == 2 and labels.shape[1] == 1:
            labels = labels[:, 0]
        if len(labels.shape) != 1:
            raise ValueError(
                f"{type(self).__name__} takes one class number a sample, shape (batch,). Received labels of shape "
                f"{tuple(labels.shape)}: turn one-hot rows into numbers with keras.ops.argmax(labels, axis=-1)."
            )
        if len(embeddings.shape) == 2:
            embeddings = embeddings[:, None]
        if len(embeddings.shape) != 3 or None in embeddings.shape[1:]:
            raise ValueError(
                f"{type(self).__name__} takes embeddings of shape (batch, views, d) or (batch, d). Received shape "
                f"{tuple(embeddings.shape)}"
            )
        # Keras's losses may bring labels as floats.
        return tf.cast(labels, tf.int64), embeddings

    def get_config(self):
        """Arguments of the constructor."""
        return {**super().get_config(), "temperature": self.temperature}


def _numbered(labels):
    """Numbers from 0, the same for the same label. `tf.unique` would do, but XLA cannot compile it."""
    order = tf.argsort(labels)
    in_order = tf.gather(labels, order)
    new = tf.cast(in_order[1:] != in_order[:-1], tf.int32)
    return tf.scatter_nd(order[:, None], tf.concat([[0], tf.cumsum(new)], 0), tf.shape(order))


def _without_label_alone(labels):
    """A class of its own, below 0, for every sample that has no label."""
    return tf.where(labels < 0, -1 - tf.range(tf.shape(labels, tf.int64)[0]), labels)
