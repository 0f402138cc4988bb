"""CLIP: an image and its text attract, other pairs repel."""

import keras

from keras_transfer.losses.clip_loss import CLIPLoss
from keras_transfer.losses.embeddings import check_temperature
from keras_transfer.objectives.image_text_objective import ImageTextObjective


@keras.saving.register_keras_serializable("keras_transfer")
class CLIP(ImageTextObjective):
    """Tell each image's text from all texts of the whole batch, and each text's image from all images.

    Args:
        encoder: Model from images to one vector each, `(batch, features)`.
        text_encoder: Model from texts (rows of tokens, say) to one vector each; `encoders.sentence_encoder` makes one.
        projection: Width of the common space.
        temperature: Of the loss at the start, from 0.01; it is learned, and stays at 0.01 or above, as in the paper.
        **kwargs: `gradient_cache`, as in `ImageTextObjective`; `name`, `dtype`, as in `keras.Model`.

    Trains on batches of `((images, texts),)`. Afterwards `evaluation.class_vectors` makes a classifier of prompts.

    Example:
        >>> text_encoder = keras_transfer.encoders.sentence_encoder(backbone, length=32)
        >>> model = keras_transfer.objectives.CLIP(image_encoder, text_encoder)
        >>> model.compile(keras.optimizers.AdamW(1e-3))
        >>> _ = model.fit(((images, tokens),), epochs=10)
        >>> vectors = model.image_embedder().predict(images)  # of length 1, (n, 128)

    Reference: [Radford et al., 2021](https://arxiv.org/abs/2103.00020)
    """

    def __init__(self, encoder, text_encoder, projection=128, temperature=0.07, **kwargs):
        super().__init__(encoder, text_encoder, projection, **kwargs)
        self.temperature = check_temperature(temperature)
        self.contrast = CLIPLoss(reduction="none")
        self.add_log_scale(1.0 / temperature)

    def example_losses(self, inputs, outputs, labels=None):
        """Loss of each pair, `(batch,)`."""
        return self.contrast.compare(*outputs, scale=self.scale())

    def get_config(self):
        """Arguments of the constructor."""
        return {**super().get_config(), "temperature": self.temperature}
