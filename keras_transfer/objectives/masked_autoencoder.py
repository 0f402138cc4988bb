"""MAE: see a quarter of an image's patches, rebuild the rest."""

import keras
import tensorflow as tf

from keras_transfer.encoders.vit import ViT
from keras_transfer.layers.patch_decoder import PatchDecoder
from keras_transfer.layers.patchify import normalized_patches, patchify
from keras_transfer.objectives.objective import Objective
from keras_transfer.objectives.patch_masks import hidden_patches, random_order
from keras_transfer.objectives.row_seeds import row_seeds


@keras.saving.register_keras_serializable("keras_transfer")
class MaskedAutoencoder(Objective):
    """Encode the visible patches alone, rebuild the hidden ones with a small decoder that is thrown away.

    The loss is the mean squared error of the hidden patches, each of which is first normalised, `(x - mean) / sqrt(var + 1e-6)`
    with the mean and variance of its own pixels. Patches that were seen do not count.

    Args:
        encoder: `encoders.ViT`. One without class token has the mean of its tokens as output, which this objective trains
            better than a class token nobody asks for.
        mask_ratio: Share of the patches to hide, between 0 and 1.
        decoder: `(width, depth, heads)` of the decoder.
        normalize: Whether patches are normalised; if not, the error is in squared input units.
        **kwargs: `name`, `dtype`, as in `keras.Model`.

    Trains on batches of `x` or `(x,)`, images as the encoder takes them. Calling the model gives a dict: `patches`, what the
    decoder says, `(batch, patches, patch_size**2 * channels)`, and `hidden`, booleans of shape `(batch, patches)`. `evaluate`
    hides the same patches every time.

    Raises:
        TypeError: if `encoder` is no `ViT`.
        ValueError: if a number is out of range.

    Example:
        >>> encoder = keras_transfer.encoders.ViT((28, 28, 1), patch_size=4, size=(64, 4, 4))
        >>> model = keras_transfer.objectives.MaskedAutoencoder(encoder)
        >>> model.compile(keras.optimizers.AdamW(1e-3))
        >>> _ = model.fit(images, batch_size=128, epochs=10)

    Reference: [He et al., 2021](https://arxiv.org/abs/2111.06377)
    """

    def __init__(self, encoder, mask_ratio=0.75, decoder=(128, 2, 4), normalize=True, **kwargs):
        super().__init__(encoder, **kwargs)
        if not isinstance(encoder, ViT):
            raise TypeError(
                "MaskedAutoencoder needs an encoder that can encode a few patches alone, a keras_transfer.encoders.ViT; for "
                f"other encoders there is SimMIM. Received: {encoder!r}"
            )
        rows, columns = encoder.grid
        self.mask_ratio, self.decoder_size, self.normalize = mask_ratio, tuple(decoder), normalize
        self.seen = rows * columns - hidden_patches("MaskedAutoencoder", mask_ratio, rows * columns)
        values = encoder.patch_size**2 * encoder.input_shape[-1]
        width, depth, heads = self.decoder_size
        self.decoder = PatchDecoder(
            encoder.grid, values, width, depth, heads, class_token=encoder.class_token, name="decoder"
        )
        self.decoder.build((None, None, encoder.width))
        # Owned, not global: `Resume` saves the state of owned generators.
        self.seed_generator = keras.random.SeedGenerator()

    def call(self, inputs, training=None):
        """Dict of `patches` and `hidden`."""
        seeds = row_seeds(self.seed_generator, inputs, fresh=bool(training))
        order, restore = random_order(seeds, self.encoder.grid[0] * self.encoder.grid[1])
        tokens = self.encoder.encode(inputs, order[:, : self.seen], training=training)
        return {"patches": self.decoder(tokens, restore, training=training), "hidden": restore >= self.seen}

    def example_losses(self, inputs, outputs, labels=None):
        """Mean over the hidden patches of each image, `(batch,)`."""
        cut = normalized_patches if self.normalize else patchify
        target = cut(tf.cast(inputs, tf.float32), self.encoder.patch_size)
        errors = tf.reduce_mean(tf.square(outputs["patches"] - target), axis=-1)
        hidden = tf.cast(outputs["hidden"], tf.float32)
        return tf.reduce_sum(errors * hidden, axis=1) / tf.reduce_sum(hidden, axis=1)

    def get_config(self):
        """Arguments of the constructor."""
        return {
            **super().get_config(),
            "mask_ratio": self.mask_ratio,
            "decoder": list(self.decoder_size),
            "normalize": self.normalize,
        }
