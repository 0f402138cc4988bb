"""From the places of a feature map to the pixels they stand for."""

import keras
from keras import ops

from keras_transfer.layers.patchify import unpatchify


@keras.saving.register_keras_serializable("keras_transfer")
class MapDecoder(keras.layers.Layer):
    """Tell the pixels of each place's square of the image from that place and from the mean over all places.

    Args:
        image_shape: `(height, width, channels)` to give.
        hidden: Units of a ReLU layer in between. Default: as many as the map has features, at least 256. With 0 there is none:
            pixels are a linear function of the place alone, as in SimMIM's paper, so that an encoder's last layers have to
            hold pixels.
        **kwargs: `name`, `dtype`, as in `keras.layers.Layer`.

    Input: floats of shape `(batch, rows, columns, features)`, whose places stand for equal squares of the image.
    Output: float32 of shape `(batch, height, width, channels)`.

    Raises:
        ValueError: when it is built, if the map's places do not stand for equal squares.

    Example:
        >>> decoder = keras_transfer.layers.MapDecoder((28, 28, 1))
        >>> decoder(np.zeros((2, 7, 7, 128))).shape
        TensorShape([2, 28, 28, 1])
    """

    def __init__(self, image_shape, hidden=None, **kwargs):
        super().__init__(**kwargs)
        self.image_shape, self.hidden = tuple(image_shape), hidden

    def build(self, input_shape):
        """Make the weights for maps of this shape."""
        height, width, channels = self.image_shape
        rows, columns, features = input_shape[1:]
        self.side = height // rows
        if (self.side * rows, self.side * columns) != (height, width):
            raise ValueError(
                f"{self.name} needs a feature map whose places stand for equal squares of the image. Received: maps of "
                f"{rows} x {columns} for images of {height} x {width}; give `decoder`, such as "
                "keras_transfer.encoders.image_decoder(map_shape, image_shape), or pad the images"
            )
        units = max(256, features) if self.hidden is None else self.hidden
        self.inner = units and keras.layers.Dense(units, activation="relu", name="inner", dtype=self.dtype_policy)
        if self.inner:
            self.inner.build((None, rows, columns, 2 * features))
        self.pixels = keras.layers.Dense(self.side**2 * channels, name="pixels", dtype="float32")
        self.pixels.build((None, rows, columns, units or features))
        self.built = True

    def call(self, inputs):
        """Images."""
        if self.inner:
            mean = ops.broadcast_to(ops.mean(inputs, axis=(1, 2), keepdims=True), ops.shape(inputs))
            inputs = self.inner(ops.concatenate([inputs, mean], axis=-1))
        pixels = self.pixels(inputs)
        places = pixels.shape[1] * pixels.shape[2]
        return unpatchify(ops.reshape(pixels, (-1, places, pixels.shape[3])), self.image_shape, self.side)

    def compute_output_shape(self, input_shape):
        """Shape of the images."""
        return (input_shape[0], *self.image_shape)

    def compute_output_spec(self, inputs):
        """Shape and type of the images."""
        return keras.KerasTensor(self.compute_output_shape(inputs.shape), "float32")

    def get_config(self):
        """Arguments of the constructor."""
        return {**super().get_config(), "image_shape": list(self.image_shape), "hidden": self.hidden}
