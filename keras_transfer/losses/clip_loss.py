"""The symmetric cross-entropy of CLIP."""

import keras
import tensorflow as tf

from keras_transfer.distribution.gather import gather
from keras_transfer.losses.embeddings import check_pair, check_samples, check_temperature, unit_rows
from keras_transfer.losses.row_logsumexp import row_logsumexp


@keras.saving.register_keras_serializable("keras_transfer")
class CLIPLoss(keras.losses.Loss):
    """Tell each image's text from all texts of the whole batch, and each text's image from all images.

    With unit-length `u` of images and `v` of texts, and the sum over the `n` pairs of the whole batch,

        loss(i) = -u_i.v_i / t + (log sum_k exp(u_i.v_k / t) + log sum_k exp(u_k.v_i / t)) / 2.

    Under a strategy, pairs come from all replicas, and the gradient is that of one device holding the whole batch. Memory does
    not grow with the square of the batch.

    Args:
        temperature: `t > 0`. Lower weighs near negatives more.
        **kwargs: `reduction` and `name`, as in `keras.losses.Loss`.

    Call arguments: `y_true`: embeddings of texts, `y_pred`: of images, floats of shape `(batch, d)`, of any length. `compare`
    takes a scale that is learned, too.

    Example:
        >>> loss = keras_transfer.losses.CLIPLoss(temperature=0.1)
        >>> float(loss(np.eye(4), np.eye(4))) < 1e-3
        True

    Reference: [Radford et al., 2021](https://arxiv.org/abs/2103.00020), figure 3
    """

    def __init__(self, temperature=0.07, name="clip", **kwargs):
        super().__init__(name=name, **kwargs)
        self.temperature = check_temperature(temperature)

    def call(self, y_true, y_pred):
        """Losses of shape `(batch,)` of this replica's pairs."""
        return self.compare(y_pred, y_true)

    def compare(self, images, texts, scale=None):
        """Losses of pairs.

        Args:
            images: Floats of shape `(batch, d)`, of any length.
            texts: As `images`: row i belongs to image i.
            scale: `1 / t`, a scalar tensor that may be trained, instead of `temperature`.

        Returns:
            float32 of shape `(batch,)`.

        Raises:
            ValueError: if shapes do not fit.
        """
        images, texts = check_pair(type(self).__name__, images, texts)
        images, texts = unit_rows(images), unit_rows(texts)
        every_image, offset = gather(images)
        every_text, _ = gather(texts)
        check_samples(type(self).__name__, tf.shape(every_text)[0])
        own = tf.range(tf.shape(images)[0]) + offset
        # A scale on the queries is differentiated as they are.
        scale = 1.0 / self.temperature if scale is None else tf.cast(scale, tf.float32)
        of_images = row_logsumexp(images * scale, every_text, positive=own)
        # One after the other, or the tiles of both would be in memory together.
        with tf.control_dependencies([of_images]):
            of_texts = row_logsumexp(texts * scale, every_image, positive=own)
        return (of_images + of_texts) / 2.0

    def get_config(self):
        """Arguments of the constructor."""
        return {**super().get_config(), "temperature": self.temperature}
