"""Decoupled contrastive loss."""

import keras
import tensorflow as tf

from keras_transfer.losses.nt_xent import NTXent


@keras.saving.register_keras_serializable("keras_transfer")
class DCLLoss(NTXent):
    """NT-Xent without the positive in its denominator.

    With `z` the `2n` unit-length embeddings of `n` samples in two views and `p(i)` the other view of the same sample,

        loss(i) = -z_i.z_p(i) / t + log sum_{k != i, p(i)} exp(z_i.z_k / t),

    averaged over the two views of a sample. A sample whose positive is near no longer learns less from its negatives, so
    small batches do as well as large ones. The loss may be negative.

    Args and call arguments are those of `keras_transfer.losses.NTXent`.

    Example:
        >>> loss = keras_transfer.losses.DCLLoss(temperature=0.1)
        >>> views = np.array([[1.0, 0.0], [-1.0, 0.0]])
        >>> round(float(loss(views, views)), 3)  # -10 - 10 + log 2
        -19.307

    Reference: [Yeh et al., 2021](https://arxiv.org/abs/2110.06848)
    """

    def __init__(self, temperature=0.1, name="dcl", **kwargs):
        super().__init__(temperature, name=name, **kwargs)

    def left_out(self, own, positive):
        """Columns that row i's denominator leaves out: itself and its positive."""
        return tf.stack([own, positive], axis=1)
