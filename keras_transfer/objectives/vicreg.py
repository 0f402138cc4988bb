"""VICReg: views agree, numbers vary, and no two vary together."""

import keras

from keras_transfer.losses.vicreg_loss import VICRegLoss
from keras_transfer.objectives.two_view_objective import TwoViewObjective


@keras.saving.register_keras_serializable("keras_transfer")
class VICReg(TwoViewObjective):
    """Variance, invariance and covariance of two views' projections; no negatives.

    Args:
        encoder: Model from samples to one vector each, `(batch, features)`.
        projection: Widths of the projection head's layers. The last is linear. Wide ones do better: the paper's are 8192.
        invariance: Weight of the distance between views.
        variance: Weight of the variance that numbers lack.
        covariance: Weight of the covariances between numbers.
        **kwargs: `gradient_cache`, as in `TwoViewObjective`; `name`, `dtype`, as in `keras.Model`.

    Trains on batches of `((first, second),)`, as `keras_transfer.data.two_views` yields them.

    Example:
        >>> model = keras_transfer.objectives.VICReg(encoder)
        >>> model.compile(keras_transfer.optimizers.LARS(0.3))
        >>> _ = model.fit(views, epochs=100)

    Reference: [Bardes et al., 2021](https://arxiv.org/abs/2105.04906)
    """

    def __init__(self, encoder, projection=(512, 512, 512), invariance=25.0, variance=25.0, covariance=1.0, **kwargs):
        super().__init__(encoder, projection, **kwargs)
        self.invariance, self.variance, self.covariance = invariance, variance, covariance
        self.comparison = VICRegLoss(invariance, variance, covariance, reduction="none")

    def example_losses(self, inputs, outputs, labels=None):
        """Loss of each sample, `(batch,)`."""
        first, second = outputs
        return self.comparison(second, first)

    def get_config(self):
        """Arguments of the constructor."""
        return {
            **super().get_config(),
            "invariance": self.invariance,
            "variance": self.variance,
            "covariance": self.covariance,
        }
