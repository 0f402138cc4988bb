"""SimMIM: hide patches of the input, predict their pixels."""

import keras
import tensorflow as tf

from keras_transfer.encoders.feature_map import feature_map
from keras_transfer.layers.patchify import check_patch_size, unpatchify
from keras_transfer.objectives.decoder_for import decoder_for
from keras_transfer.objectives.objective import Objective
from keras_transfer.objectives.patch_masks import hidden_patches, random_order
from keras_transfer.objectives.row_seeds import row_seeds


@keras.saving.register_keras_serializable("keras_transfer")
class SimMIM(Objective):
    """Predict the pixels of hidden patches from the feature map of the image without them.

    Works with every encoder that has a feature map inside, convolutional or `ViT`. Hidden patches are replaced by a learned
    one. The loss is the mean absolute error of the hidden pixels, in input units; pixels that were seen do not count.

    Args:
        encoder: Functional model from images, with a feature map inside, or `encoders.ViT`.
        decoder: Model from feature maps to images, built. Default: one linear layer from each place of the map to the pixels
            it stands for.
        patch_size: Side of a hidden patch in pixels, which divides height and width. Default: the smallest that makes at most
            six patches a side, as the paper's 32 pixels of 192 do; of those, one that covers whole places of the map, if
            there is one. Smaller ones are filled in from their neighbours, and the encoder learns little from that.
        mask_ratio: Share of the patches to hide, between 0 and 1.
        features: Name of the layer whose map is used. Default: the last map before pooling.
        **kwargs: `name`, `dtype`, as in `keras.Model`.

    Trains on batches of `x` or `(x,)`, images as the encoder takes them. Calling the model gives a dict: `reconstruction`,
    images, and `hidden`, booleans of shape `(batch, height, width, 1)`. `evaluate` hides the same patches every time.

    Raises:
        ValueError: if a number is out of range, patches or map do not fit the images, or the decoder has the wrong shape.

    Example:
        >>> encoder = keras_transfer.encoders.small_cnn((28, 28, 1))
        >>> model = keras_transfer.objectives.SimMIM(encoder)
        >>> model.compile(keras.optimizers.AdamW(1e-3))
        >>> _ = model.fit(images, batch_size=128, epochs=10)

    Reference: [Xie et al., 2021](https://arxiv.org/abs/2111.09886)
    """

    def __init__(self, encoder, decoder=None, patch_size=None, mask_ratio=0.6, features=None, **kwargs):
        super().__init__(encoder, **kwargs)
        self.map = feature_map(encoder, features)
        self.image_shape, map_shape = tuple(encoder.input_shape[1:]), tuple(self.map.output_shape[1:])
        self.stride = self.image_shape[0] // map_shape[0]
        patch_size = _usual_patch(self.image_shape, self.stride) if patch_size is None else patch_size
        check_patch_size(self.image_shape, patch_size)
        self.patch_size, self.mask_ratio, self.features = patch_size, mask_ratio, features
        self.grid = tuple(side // patch_size for side in self.image_shape[:2])
        self.seen = self.grid[0] * self.grid[1] - hidden_patches("SimMIM", mask_ratio, self.grid[0] * self.grid[1])
        self.mask_patch = self.add_weight(
            shape=(patch_size, patch_size, self.image_shape[2]), initializer="zeros", name="mask_patch"
        )
        self.decoder = decoder and decoder_for("SimMIM", encoder, map_shape, decoder)
        if decoder is None:
            self._make_linear_decoder(map_shape)
        # Owned, not global: `Resume` saves the state of owned generators.
        self.seed_generator = keras.random.SeedGenerator()

    def call(self, inputs, training=None):
        """Dict of `reconstruction` and `hidden`."""
        hidden = self._hidden(row_seeds(self.seed_generator, inputs, fresh=bool(training)))
        mask = tf.tile(tf.cast(self.mask_patch, inputs.dtype), (*self.grid, 1))
        rebuilt = self.map(tf.where(hidden, mask, inputs), training=training)
        if self.decoder is not None:
            rebuilt = self.decoder(rebuilt, training=training)
        else:
            pixels = self.linear(rebuilt)
            pixels = tf.reshape(pixels, (-1, pixels.shape[1] * pixels.shape[2], pixels.shape[3]))
            rebuilt = unpatchify(pixels, self.image_shape, self.stride)
        return {"reconstruction": rebuilt, "hidden": hidden}

    def example_losses(self, inputs, outputs, labels=None):
        """Mean absolute error of the hidden pixels of each image, `(batch,)`."""
        difference = tf.cast(inputs, tf.float32) - tf.cast(outputs["reconstruction"], tf.float32)
        hidden = tf.cast(outputs["hidden"], tf.float32)
        total = tf.reduce_sum(tf.abs(difference) * hidden, axis=(1, 2, 3))
        return total / (tf.reduce_sum(hidden, axis=(1, 2, 3)) * self.image_shape[2])

    def _hidden(self, seeds):
        """Which pixels are hidden, `(batch, height, width, 1)`."""
        _, restore = random_order(seeds, self.grid[0] * self.grid[1])
        patches = tf.reshape(restore >= self.seen, (-1, *self.grid, 1))
        return tf.repeat(tf.repeat(patches, self.patch_size, axis=1), self.patch_size, axis=2)

    def _make_linear_decoder(self, map_shape):
        if any(side != self.stride * cells for side, cells in zip(self.image_shape, map_shape[:2], strict=False)):
            raise ValueError(
                f"The linear decoder needs a feature map whose places stand for equal squares of the image. Received: maps of "
                f"{map_shape[0]} x {map_shape[1]} for images of {self.image_shape[0]} x {self.image_shape[1]}; give `decoder`, "
                "such as keras_transfer.encoders.image_decoder(map_shape, image_shape), or pad the images"
            )
        self.linear = keras.layers.Dense(self.stride**2 * self.image_shape[2], name="linear", dtype="float32")
        self.linear.build((None, *map_shape))

    def get_config(self):
        """Arguments of the constructor."""
        return {
            **super().get_config(),
            "decoder": self.decoder and keras.saving.serialize_keras_object(self.decoder),
            "patch_size": self.patch_size,
            "mask_ratio": self.mask_ratio,
            "features": self.features,
        }


def _usual_patch(image_shape, stride, most=6, fewest=3):
    """Side of patches of which there are at most six on the longer side and, if possible, at least three on the shorter."""
    height, width = image_shape[:2]
    sides = [side for side in range(1, min(height, width) + 1) if height % side == 0 and width % side == 0]
    fitting = [side for side in sides if max(height, width) <= most * side and min(height, width) >= fewest * side]
    return min(fitting, key=lambda side: (side % stride != 0, side), default=stride)
