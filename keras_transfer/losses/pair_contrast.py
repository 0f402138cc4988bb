"""Which of all second parts belongs to a first one, and the other way round?"""

import keras

from keras_transfer.losses.info_nce import InfoNCE


@keras.saving.register_keras_serializable("keras_transfer")
class PairContrast(keras.losses.Loss):
    """`InfoNCE` in both directions, of vectors that a model gives side by side.

    Args:
        temperature: As in `InfoNCE`.
        **kwargs: `reduction` and `name`, as in `keras.losses.Loss`.

    Call arguments: `y_true` is not looked at; `y_pred`: floats of shape `(batch, 2, d)`, the vectors of each pair's two parts.

    Example:
        >>> loss = keras_transfer.losses.PairContrast(temperature=0.05)
        >>> float(loss(np.zeros(4), np.stack([np.eye(4), np.eye(4)], axis=1))) < 1e-3
        True

    Reference: [Gao et al., 2021](https://arxiv.org/abs/2104.08821)
    """

    def __init__(self, temperature=0.05, name="pair_contrast", **kwargs):
        super().__init__(name=name, **kwargs)
        self.temperature = temperature
        self.contrast = InfoNCE(temperature, reduction="none")

    def call(self, y_true, y_pred):
        """Losses of shape `(batch,)` of this replica's pairs."""
        first, second = y_pred[:, 0], y_pred[:, 1]
        return (self.contrast.compare(first, second) + self.contrast.compare(second, first)) / 2

    def get_config(self):
        """Arguments of the constructor."""
        return {**super().get_config(), "temperature": self.temperature}
