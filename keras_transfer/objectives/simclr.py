"""SimCLR: two views of a sample attract, views of different samples repel."""

import keras

from keras_transfer.losses.nt_xent import NTXent
from keras_transfer.objectives.two_view_objective import TwoViewObjective


@keras.saving.register_keras_serializable("keras_transfer")
class SimCLR(TwoViewObjective):
    """Contrast two views of each sample with the views of all others in the batch.

    Args:
        encoder: Model from samples to one vector each, `(batch, features)`.
        temperature: Of the loss, `> 0`.
        projection: Widths of the projection head's layers.
        **kwargs: `gradient_cache`, as in `TwoViewObjective`; `name`, `dtype`, as in `keras.Model`.

    Trains on batches of `((first, second),)`: one input that is a pair of views, each `(batch, ...)`, as
    `keras_transfer.data.two_views` yields them.

    Example:
        >>> encoder = keras_transfer.encoders.small_cnn((28, 28, 1))
        >>> model = keras_transfer.objectives.SimCLR(encoder, temperature=0.1)
        >>> model.compile(keras.optimizers.Adam(1e-3))
        >>> _ = model.fit(keras_transfer.data.two_views(images, batch_size=256), epochs=10)

    Reference: [Chen et al., 2020](https://arxiv.org/abs/2002.05709)
    """

    def __init__(self, encoder, temperature=0.1, projection=(512, 128), **kwargs):
        super().__init__(encoder, projection, **kwargs)
        self.temperature = temperature
        self.contrast = self.make_loss()

    def make_loss(self):
        """The loss between the two views' projections, one value a sample."""
        return NTXent(self.temperature, reduction="none")

    def example_losses(self, inputs, outputs, labels=None):
        """Loss of each sample, `(batch,)`."""
        first, second = outputs
        return self.contrast(second, first)

    def get_config(self):
        """Arguments of the constructor."""
        return {**super().get_config(), "temperature": self.temperature}
