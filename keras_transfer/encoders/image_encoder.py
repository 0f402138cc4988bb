"""The ready encoders of images by name."""

from keras_transfer.encoders.resnet import resnet18
from keras_transfer.encoders.small_cnn import small_cnn
from keras_transfer.encoders.vit import ViT

NAMES = ("small_cnn", "resnet18", "vit")


def image_encoder(name, input_shape, width=32):
    """An encoder by the name that a config gives it, with what else fits the images' size.

    Args:
        name: `"small_cnn"`; `"resnet18"`, with the stem for small images up to 64 pixels; or `"vit"`, with about seven patches a
            side.
        input_shape: `(height, width, channels)` of images with values in 0..1.
        width: Of the first stage; a ViT is four times as wide.

    Returns:
        A `keras.Model` from images to one vector each.

    Raises:
        ValueError: if there is no such encoder.

    Example:
        >>> keras_transfer.encoders.image_encoder("vit", (28, 28, 1)).output_shape
        (None, 128)
    """
    if name not in NAMES:
        raise ValueError(f"`name` must be one of {', '.join(NAMES)}. Received: name={name!r}")
    if name == "small_cnn":
        return small_cnn(input_shape, width=width)
    height, length, _ = input_shape
    if name == "resnet18":
        return resnet18(input_shape, stem="imagenet" if height > 64 else "cifar", width=width)
    patch = max(size for size in range(1, max(2, height // 7) + 1) if height % size == 0 and length % size == 0)
    return ViT(input_shape, patch_size=patch, size=(4 * width, 4, 4))
