"""SimMIM: hide patches of the input, predict their pixels."""

import keras
import tensorflow as tf

from keras_transfer.encoders.feature_map import feature_map
from keras_transfer.layers.map_decoder import MapDecoder
from keras_transfer.layers.patchify import check_patch_size, normalized_patches, patchify
from keras_transfer.objectives.decoder_for import decoder_for
from keras_transfer.objectives.objective import Objective
from keras_transfer.objectives.patch_masks import hidden_patches, random_order
from keras_transfer.objectives.row_seeds import row_seeds


@keras.saving.register_keras_serializable("keras_transfer")
class SimMIM(Objective):
    """Predict the pixels of hidden patches from the feature map of the image without them.

    Works with every encoder that has a feature map inside, convolutional or `ViT`. Hidden patches are replaced by a learned
    one. The loss is the mean absolute error of the hidden pixels; pixels that were seen do not count. Patches to be foretold
    are normalised first, `(x - mean) / sqrt(var + 1e-6)` over their own pixels.

    Args:
        encoder: Functional model from images, with a feature map inside, or `encoders.ViT`.
        decoder: Model or layer from feature maps to images, built. Default: `layers.MapDecoder`, one hidden layer over each
            place of the map and the mean of all. The paper's is linear, `MapDecoder(image_shape, hidden=0)`; small encoders
            end in pixels then, and the longer they train the less their features are worth.
        patch_size: Side of a hidden patch in pixels, which divides height and width. Default: the smallest that makes at most
            seven patches a side, as the paper's 32 pixels of 224 do; of those, one that covers whole places of the map, if
            there is one. Smaller ones are filled in from their neighbours, and the encoder learns little from that.
        mask_ratio: Share of the patches to hide, between 0 and 1.
        features: Name of the layer whose map is used. Default: the last map before pooling.
        normalize: Whether patches to be foretold are normalised; if not, the error is in input units, as in the paper.
        **kwargs: `name`, `dtype`, as in `keras.Model`.

    Trains on batches of `x` or `(x,)`, images as the encoder takes them. Calling the model gives a dict: `reconstruction`,
    images with patches normalised, and `hidden`, booleans of shape `(batch, height, width, 1)`. `evaluate` hides the same patches
    every time.

    Raises:
        ValueError: if a number is out of range, patches or map do not fit the images, or the decoder has the wrong shape.

    Example:
        >>> encoder = keras_transfer.encoders.small_cnn((28, 28, 1))
        >>> model = keras_transfer.objectives.SimMIM(encoder)
        >>> model.compile(keras.optimizers.AdamW(1e-3))
        >>> _ = model.fit(images, batch_size=128, epochs=10)

    Reference: [Xie et al., 2021](https://arxiv.org/abs/2111.09886)
    """

    def __init__(self, encoder, decoder=None, patch_size=None, mask_ratio=0.6, features=None, normalize=True, **kwargs):
        super().__init__(encoder, **kwargs)
        self.map = feature_map(encoder, features)
        self.image_shape, map_shape = tuple(encoder.input_shape[1:]), tuple(self.map.output_shape[1:])
        if patch_size is None:
            patch_size = _usual_patch(self.image_shape, self.image_shape[0] // map_shape[0])
        check_patch_size(self.image_shape, patch_size)
        self.patch_size, self.mask_ratio, self.features, self.normalize = patch_size, mask_ratio, features, normalize
        self.grid = tuple(side // patch_size for side in self.image_shape[:2])
        self.seen = self.grid[0] * self.grid[1] - hidden_patches("SimMIM", mask_ratio, self.grid[0] * self.grid[1])
        self.mask_patch = self.add_weight(
            shape=(patch_size, patch_size, self.image_shape[2]), initializer="zeros", name="mask_patch"
        )
        if decoder is None:
            decoder = MapDecoder(self.image_shape, name="decoder")
            decoder.build((None, *map_shape))
        self.decoder = decoder_for("SimMIM", encoder, map_shape, decoder)
        # Owned, not global: `Resume` saves the state of owned generators.
        self.seed_generator = keras.random.SeedGenerator()

    def call(self, inputs, training=None):
        """Dict of `reconstruction` and `hidden`."""
        hidden = self._hidden(row_seeds(self.seed_generator, inputs, fresh=bool(training)))
        mask = tf.tile(tf.cast(self.mask_patch, inputs.dtype), (*self.grid, 1))
        places = self.map(tf.where(hidden, mask, inputs), training=training)
        return {"reconstruction": self.decoder(places, training=training), "hidden": hidden}

    def example_losses(self, inputs, outputs, labels=None):
        """Mean absolute error of the hidden pixels of each image, `(batch,)`."""
        cut = normalized_patches if self.normalize else patchify
        target = cut(tf.cast(inputs, tf.float32), self.patch_size)
        rebuilt = patchify(tf.cast(outputs["reconstruction"], tf.float32), self.patch_size)
        hidden = patchify(tf.cast(outputs["hidden"], tf.float32), self.patch_size)[:, :, 0]
        errors = tf.reduce_mean(tf.abs(target - rebuilt), axis=2)
        return tf.reduce_sum(errors * hidden, axis=1) / tf.reduce_sum(hidden, axis=1)

    def _hidden(self, seeds):
        """Which pixels are hidden, `(batch, height, width, 1)`."""
        _, restore = random_order(seeds, self.grid[0] * self.grid[1])
        patches = tf.reshape(restore >= self.seen, (-1, *self.grid, 1))
        return tf.repeat(tf.repeat(patches, self.patch_size, axis=1), self.patch_size, axis=2)

    def get_config(self):
        """Arguments of the constructor."""
        return {
            **super().get_config(),
            "decoder": keras.saving.serialize_keras_object(self.decoder),
            "patch_size": self.patch_size,
            "mask_ratio": self.mask_ratio,
            "features": self.features,
            "normalize": self.normalize,
        }


def _usual_patch(image_shape, stride, most=7, fewest=3):
    """Side of patches of which there are at most seven on the longer side and, if possible, at least three on the shorter."""
    height, width = image_shape[:2]
    sides = [side for side in range(1, min(height, width) + 1) if height % side == 0 and width % side == 0]
    fitting = [side for side in sides if max(height, width) <= most * side and min(height, width) >= fewest * side]
    return min(fitting, key=lambda side: (side % stride != 0, side), default=stride)
