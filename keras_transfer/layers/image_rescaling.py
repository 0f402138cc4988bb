"""Images in 0..1 as the backbones of other libraries expect them."""

import keras
import numpy as np
from keras import ops

_MEAN, _DEVIATION = np.array([0.485, 0.456, 0.406]), np.array([0.229, 0.224, 0.225])
# Scale and offset of each, and whether the channels change places.
_MODES = {
    "0..1": (1.0, 0.0, False),
    "-1..1": (2.0, -1.0, False),
    "0..255": (255.0, 0.0, False),
    "imagenet": (1 / _DEVIATION, -_MEAN / _DEVIATION, False),
    "caffe": (255.0, -np.array([103.939, 116.779, 123.68]), True),
}


@keras.saving.register_keras_serializable("keras_transfer")
class ImageRescaling(keras.layers.Layer):
    """Bring images from 0..1 to the range a backbone was trained on.

    Args:
        mode: The range: "0..1" (nothing to do), "-1..1", "0..255", "imagenet" (each channel less its mean over ImageNet, by its
            standard deviation) or "caffe" (0..255, blue first, each channel less its mean). Or a pair `(scale, offset)` of
            numbers, or of lists with one number a channel: `images * scale + offset`.
        **kwargs: `name`, `dtype`, as in `keras.layers.Layer`.

    Input and output shape: `(batch, height, width, channels)`; "imagenet" and "caffe" need 3 channels.

    Raises:
        ValueError: if the mode is not known, or does not fit the channels.

    Example:
        >>> keras_transfer.layers.ImageRescaling("0..255")(np.ones((1, 2, 2, 3)))[0, 0, 0].numpy().tolist()
        [255.0, 255.0, 255.0]
    """

    def __init__(self, mode="0..1", **kwargs):
        super().__init__(**kwargs)
        if isinstance(mode, str) and mode not in _MODES:
            raise ValueError(f"`mode` must be one of {', '.join(_MODES)}, or (scale, offset). Received: mode={mode!r}")
        self.mode = mode if isinstance(mode, str) else tuple(np.asarray(part).tolist() for part in mode)
        scale, offset, self.blue_first = _MODES[mode] if isinstance(mode, str) else (*self.mode, False)
        self.scale, self.offset = np.asarray(scale, "float32"), np.asarray(offset, "float32")

    def build(self, input_shape):
        """Check that the numbers fit the channels."""
        wanted = {part.shape[0] for part in (self.scale, self.offset) if part.ndim}
        if wanted - {input_shape[-1]}:
            raise ValueError(
                f"Rescaling {self.mode!r} is for images of {wanted.pop()} channels. Received: images of shape "
                f"{tuple(input_shape[1:])}; choose another, such as '-1..1'"
            )
        self.built = True

    def call(self, images):
        """The images in their new range."""
        images = ops.flip(images, axis=-1) if self.blue_first else images
        return images * ops.cast(self.scale, images.dtype) + ops.cast(self.offset, images.dtype)

    def compute_output_shape(self, input_shape):
        """The same shape."""
        return input_shape

    def get_config(self):
        """Arguments of the constructor."""
        return {**super().get_config(), "mode": self.mode}
