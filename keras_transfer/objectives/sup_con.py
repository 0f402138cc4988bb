"""SupCon: SimCLR in which labels say what belongs together."""

import keras
import tensorflow as tf

from keras_transfer.losses.sup_con_loss import SupConLoss
from keras_transfer.objectives.two_view_objective import TwoViewObjective


@keras.saving.register_keras_serializable("keras_transfer")
class SupCon(TwoViewObjective):
    """Contrast the views of each class with the views of all others in the batch.

    Args:
        encoder: Model from samples to one vector each, `(batch, features)`.
        temperature: Of the loss, `> 0`.
        projection: Widths of the projection head's layers.
        **kwargs: `gradient_cache`, as in `TwoViewObjective`; `name`, `dtype`, as in `keras.Model`.

    Trains on batches of `((first, second), labels)`, as `keras_transfer.data.two_views(images, batch_size, labels=labels)` yields
    them. Labels are class numbers, `(batch,)`; a sample without label has -1, and is contrasted as in SimCLR.

    Example:
        >>> model = keras_transfer.objectives.SupCon(encoder, temperature=0.1)
        >>> model.compile(keras.optimizers.Adam(1e-3))
        >>> _ = model.fit(keras_transfer.data.two_views(images, 256, labels=labels), epochs=10)

    Reference: [Khosla et al., 2020](https://arxiv.org/abs/2004.11362)
    """

    def __init__(self, encoder, temperature=0.1, projection=(512, 128), **kwargs):
        super().__init__(encoder, projection, **kwargs)
        self.temperature = temperature
        self.contrast = SupConLoss(temperature, reduction="none")

    def example_losses(self, inputs, outputs, labels=None):
        """Loss of each sample, `(batch,)`."""
        if labels is None:
            raise ValueError(
                "SupCon needs labels: batches of ((first, second), labels), with -1 for a sample without one. Received: "
                "labels=None"
            )
        return self.contrast(labels, tf.stack(outputs, axis=1))

    def get_config(self):
        """Arguments of the constructor."""
        return {**super().get_config(), "temperature": self.temperature}
