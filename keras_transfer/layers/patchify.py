"""Images cut into square patches, and put together again."""

from keras import ops


def patchify(images, size):
    """Cut images into patches, row by row.

    Args:
        images: Tensor of shape `(batch, height, width, channels)`; height and width are multiples of `size`.
        size: Side of a patch in pixels.

    Returns:
        Tensor of shape `(batch, patches, size * size * channels)`.

    Example:
        >>> keras_transfer.layers.patchify(np.zeros((2, 28, 28, 1)), 7).shape
        TensorShape([2, 16, 49])
    """
    height, width, channels = images.shape[1:]
    rows, columns = height // size, width // size
    cut = ops.reshape(images, (-1, rows, size, columns, size, channels))
    return ops.reshape(ops.transpose(cut, (0, 1, 3, 2, 4, 5)), (-1, rows * columns, size * size * channels))


def unpatchify(patches, image_shape, size):
    """Put patches together to images: undoes `patchify`.

    Args:
        patches: Tensor of shape `(batch, patches, size * size * channels)`.
        image_shape: `(height, width, channels)` of an image.
        size: Side of a patch in pixels.

    Returns:
        Tensor of shape `(batch, height, width, channels)`.
    """
    height, width, channels = image_shape
    cut = ops.reshape(patches, (-1, height // size, width // size, size, size, channels))
    return ops.reshape(ops.transpose(cut, (0, 1, 3, 2, 4, 5)), (-1, height, width, channels))


def normalized_patches(images, size):
    """Patches whose own pixels have mean 0 and variance 1: `(x - mean) / sqrt(variance + 1e-6)`.

    Args:
        images: Tensor of shape `(batch, height, width, channels)`; height and width are multiples of `size`.
        size: Side of a patch in pixels.

    Returns:
        Tensor of shape `(batch, patches, size * size * channels)`.

    Reference: [He et al., 2021](https://arxiv.org/abs/2111.06377)
    """
    patches = patchify(images, size)
    mean, variance = ops.moments(patches, axes=[-1], keepdims=True)
    return (patches - mean) / ops.sqrt(variance + 1e-6)


def check_patch_size(image_shape, size):
    """Stop if images of this shape cannot be cut into patches of this size."""
    if size < 1 or any(side % size for side in image_shape[:2]):
        raise ValueError(
            f"`patch_size` must divide the height and the width of the images. Received: patch_size={size}, images of "
            f"{image_shape[0]} x {image_shape[1]} pixels"
        )
