"""DCL: SimCLR whose positives do not damp the negatives."""

import keras

from keras_transfer.losses.dcl_loss import DCLLoss
from keras_transfer.objectives.simclr import SimCLR


@keras.saving.register_keras_serializable("keras_transfer")
class DCL(SimCLR):
    """SimCLR with the decoupled contrastive loss, which does well on small batches, too.

    Takes and trains as `keras_transfer.objectives.SimCLR`.

    Example:
        >>> model = keras_transfer.objectives.DCL(encoder, temperature=0.1)
        >>> model.compile(keras.optimizers.Adam(1e-3))
        >>> _ = model.fit(keras_transfer.data.two_views(images, batch_size=64), epochs=10)

    Reference: [Yeh et al., 2021](https://arxiv.org/abs/2110.06848)
    """

    def make_loss(self):
        """The loss between the two views' projections, one value a sample."""
        return DCLLoss(self.temperature, reduction="none")
