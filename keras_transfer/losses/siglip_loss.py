"""The pairwise sigmoid loss of SigLIP."""

import keras
import tensorflow as tf

from keras_transfer.distribution.gather import gather
from keras_transfer.losses.embeddings import check_pair, check_samples, unit_rows
from keras_transfer.losses.row_softplus import row_softplus


@keras.saving.register_keras_serializable("keras_transfer")
class SigLIPLoss(keras.losses.Loss):
    """Ask of every image and every text of the whole batch whether they belong together.

    With unit-length `u` of images and `v` of texts, and the sum over the `n` pairs of the whole batch,

        loss(i) = -log sigmoid(s u_i.v_i + b) - sum_{k != i} log sigmoid(-(s u_i.v_k + b)).

    Under a strategy, pairs come from all replicas, and the gradient is that of one device holding the whole batch. Memory does
    not grow with the square of the batch.

    Args:
        scale: `s > 0`.
        bias: `b`. Below 0, as of n x n answers n only are yes.
        **kwargs: `reduction` and `name`, as in `keras.losses.Loss`.

    Call arguments: `y_true`: embeddings of texts, `y_pred`: of images, floats of shape `(batch, d)`, of any length. `compare`
    takes a scale and a bias that are learned, too.

    Example:
        >>> loss = keras_transfer.losses.SigLIPLoss(scale=40.0, bias=-20.0)
        >>> float(loss(np.eye(4), np.eye(4))) < 1e-3
        True

    Reference: [Zhai et al., 2023](https://arxiv.org/abs/2303.15343), equation 1
    """

    def __init__(self, scale=10.0, bias=-10.0, name="siglip", **kwargs):
        super().__init__(name=name, **kwargs)
        if not scale > 0:
            raise ValueError(f"`scale` must be > 0. Received: scale={scale}")
        self.scale, self.bias = scale, bias

    def call(self, y_true, y_pred):
        """Losses of shape `(batch,)` of this replica's images."""
        return self.compare(y_pred, y_true)

    def compare(self, images, texts, scale=None, bias=None):
        """Losses of pairs.

        Args:
            images: Floats of shape `(batch, d)`, of any length.
            texts: As `images`: row i belongs to image i.
            scale: `s`, a scalar tensor that may be trained, instead of the loss's own.
            bias: `b`, likewise.

        Returns:
            float32 of shape `(batch,)`.

        Raises:
            ValueError: if shapes do not fit.
        """
        images, texts = check_pair(type(self).__name__, images, texts)
        images, texts = unit_rows(images), unit_rows(texts)
        whole, offset = gather(texts)
        check_samples(type(self).__name__, tf.shape(whole)[0])
        own = tf.range(tf.shape(images)[0]) + offset
        queries = images * tf.cast(self.scale if scale is None else scale, tf.float32)
        # The bias is one more number of every image, which meets a 1 of every text.
        ones = tf.ones_like(queries[:, :1])
        queries = tf.concat([queries, ones * tf.cast(self.bias if bias is None else bias, tf.float32)], axis=1)
        return row_softplus(queries, tf.concat([whole, tf.ones_like(whole[:, :1])], axis=1), own)

    def get_config(self):
        """Arguments of the constructor."""
        return {**super().get_config(), "scale": self.scale, "bias": self.bias}
