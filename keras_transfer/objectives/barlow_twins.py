"""Barlow Twins: what two views say agrees, and no two numbers say the same."""

import keras

from keras_transfer.losses.barlow_twins_loss import BarlowTwinsLoss
from keras_transfer.objectives.two_view_objective import TwoViewObjective


@keras.saving.register_keras_serializable("keras_transfer")
class BarlowTwins(TwoViewObjective):
    """Make the cross-correlation of two views' projections the identity; no negatives.

    Args:
        encoder: Model from samples to one vector each, `(batch, features)`.
        projection: Widths of the projection head's layers. The last is linear. Wide ones do better: the paper's are 8192.
        redundancy: Weight of the correlations off the diagonal.
        **kwargs: `gradient_cache`, as in `TwoViewObjective`; `name`, `dtype`, as in `keras.Model`.

    Trains on batches of `((first, second),)`, as `keras_transfer.data.two_views` yields them.

    Example:
        >>> model = keras_transfer.objectives.BarlowTwins(encoder)
        >>> model.compile(keras_transfer.optimizers.LARS(0.3))
        >>> _ = model.fit(views, epochs=100)

    Reference: [Zbontar et al., 2021](https://arxiv.org/abs/2103.03230)
    """

    def __init__(self, encoder, projection=(512, 512, 512), redundancy=0.0051, **kwargs):
        super().__init__(encoder, projection, **kwargs)
        self.redundancy = redundancy
        self.comparison = BarlowTwinsLoss(redundancy, reduction="none")

    def example_losses(self, inputs, outputs, labels=None):
        """The loss of the whole batch, as that of each sample, `(batch,)`."""
        first, second = outputs
        return self.comparison(second, first)

    def get_config(self):
        """Arguments of the constructor."""
        return {**super().get_config(), "redundancy": self.redundancy}
