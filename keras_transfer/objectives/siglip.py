"""SigLIP: does this text belong to this image?"""

import keras
import tensorflow as tf

from keras_transfer.losses.siglip_loss import SigLIPLoss
from keras_transfer.objectives.image_text_objective import ImageTextObjective


@keras.saving.register_keras_serializable("keras_transfer")
class SigLIP(ImageTextObjective):
    """Ask of every image and every text of the whole batch whether they belong together, each pair by itself.

    Args:
        encoder: Model from images to one vector each, `(batch, features)`.
        text_encoder: Model from texts (rows of tokens, say) to one vector each; `encoders.sentence_encoder` makes one.
        projection: Width of the common space.
        initial_scale: Of the cosines, up to 100; it is learned from there.
        initial_bias: Added to the scaled cosines; it is learned from there. The paper's -10 says no to nearly every pair.
        **kwargs: `gradient_cache`, as in `ImageTextObjective`; `name`, `dtype`, as in `keras.Model`.

    Trains on batches of `((images, texts),)`, smaller ones than CLIP needs. The scale is kept at 100 or below, as CLIP's is; the
    paper does not do that.

    Example:
        >>> model = keras_transfer.objectives.SigLIP(image_encoder, text_encoder)
        >>> model.compile(keras.optimizers.AdamW(1e-3))
        >>> _ = model.fit(pairs, epochs=10)

    Reference: [Zhai et al., 2023](https://arxiv.org/abs/2303.15343)
    """

    def __init__(self, encoder, text_encoder, projection=128, initial_scale=10.0, initial_bias=-10.0, **kwargs):
        super().__init__(encoder, text_encoder, projection, **kwargs)
        self.initial_scale, self.initial_bias = initial_scale, initial_bias
        self.contrast = SigLIPLoss(reduction="none")
        self.add_log_scale(initial_scale)
        self.bias = self.add_weight(
            (), keras.initializers.Constant(initial_bias), dtype="float32", autocast=False, name="bias"
        )

    def example_losses(self, inputs, outputs, labels=None):
        """Loss of each image against all texts, `(batch,)`."""
        return self.contrast.compare(*outputs, scale=self.scale(), bias=tf.convert_to_tensor(self.bias))

    def get_config(self):
        """Arguments of the constructor."""
        return {**super().get_config(), "initial_scale": self.initial_scale, "initial_bias": self.initial_bias}
