"""Fitting a weight to another image size, other input channels or another vocabulary."""

import math

import keras
import numpy as np

from keras_transfer.layers.patch_embedding import PatchEmbedding

_CONVOLUTIONS = (keras.layers.Conv1D, keras.layers.Conv2D, keras.layers.Conv3D)


def resize_positions(values, shape, grids=None):
    """Interpolate the embeddings of an image's places; those of tokens before them, such as a class token's, stay.

    Args:
        values: Array of shape `(..., tokens + rows * columns, width)`, leading sizes 1.
        shape: Wanted, with the same width and the same `tokens`.
        grids: `((rows, columns), (wanted rows, wanted columns))`; None: squares, with as few tokens before them as can be.

    Returns:
        Array of the wanted shape, bicubic, smoothed where the grid gets smaller. None if the shapes do not fit.
    """
    if len(values.shape) != len(shape) or values.shape[-1] != shape[-1] or math.prod(values.shape[:-2]) != 1:
        return None
    old, new = grids or (_square(values.shape[-2]), _square(shape[-2]))
    if old is None or new is None:
        return None
    tokens = values.shape[-2] - math.prod(old)
    if tokens < 0 or tokens != shape[-2] - math.prod(new):
        return None
    flat = values.reshape(-1, values.shape[-1]).astype(np.float32)
    image = flat[tokens:].reshape(1, *old, -1)
    resized = keras.ops.image.resize(image, new, interpolation="bicubic", antialias=True, data_format="channels_last")
    resized = keras.ops.convert_to_numpy(resized).reshape(math.prod(new), -1)
    return np.concatenate([flat[:tokens], resized]).reshape(shape)


def _square(places):
    for tokens in (0, 1):
        side = math.isqrt(places - tokens)
        if side and side * side == places - tokens:
            return side, side
    return None


def resize_channels(values, wanted, given):
    """Spread a first layer's kernel over another number of input channels.

    The response to an image whose channels are all alike stays the same. To a multiple of the channels they are repeated, else
    each new one is their mean; so one grey channel gets the sum of three colours.

    Args:
        values: Kernel of shape `(*window, channels, filters)`, or that of the `Dense` in a `layers.PatchEmbedding`.
        wanted: `NamedWeight` of the target, alike but for the channels.
        given: `NamedWeight` of the source.

    Returns:
        Array of the wanted shape. None if this is no such kernel; the patches of another size, or of a file that does not
        tell their size, are none.
    """
    shape = wanted.shape
    if isinstance(wanted.parent, PatchEmbedding):
        size = wanted.parent.patch_size
        if len(shape) != 2 or size != getattr(given.parent, "patch_size", None) or values.shape[1] != shape[1]:
            return None
        split = values.reshape(size**2, values.shape[0] // size**2, -1)
        return _spread(split, shape[0] // size**2).reshape(shape)
    same = len(values.shape) == len(shape) > 2 and values.shape[:-2] == shape[:-2] and values.shape[-1] == shape[-1]
    if not (isinstance(wanted.layer, _CONVOLUTIONS) and wanted.layer.groups == 1 and same):
        return None
    return _spread(values, shape[-2])


def _spread(kernel, channels):
    given = kernel.shape[-2]
    kernel = kernel.astype(np.float32)
    if channels % given:
        kernel = kernel.mean(axis=-2, keepdims=True)
    return np.repeat(kernel[..., None, :, :], channels // kernel.shape[-2], axis=-3).reshape(
        *kernel.shape[:-2], channels, kernel.shape[-1]
    ) * (given / channels)


def remap_vocabulary(values, current, words, wanted_words):
    """Rows of the words that two vocabularies share, and the target's own rows for the others.

    Args:
        values: Array with one axis of one entry per word: an embedding, an output layer's kernel or bias.
        current: The target's array, alike but for that axis.
        words: The source's vocabulary, in order.
        wanted_words: The target's.

    Returns:
        `(array of current's shape, number of shared words)`. None if the shapes do not fit.

    Raises:
        ValueError: if two axes could be that of the words.
    """
    if values.ndim != current.ndim:
        return None
    sizes = len(words), len(wanted_words)
    axes = [
        axis
        for axis in range(values.ndim)
        if (values.shape[axis], current.shape[axis]) == sizes
        and np.delete(values.shape, axis).tolist() == np.delete(current.shape, axis).tolist()
    ]
    if len(axes) > 1:
        raise ValueError(
            f"Which axis of shape {values.shape} is the vocabulary's, of {sizes[0]} words, cannot be told."
        )
    if not axes:
        return None
    place = {word: index for index, word in enumerate(words)}
    shared = [(place[word], index) for index, word in enumerate(wanted_words) if word in place]
    fitted = np.array(np.moveaxis(current, axes[0], 0))
    if shared:
        old, new = np.array(shared).T
        fitted[new] = np.moveaxis(values, axes[0], 0)[old]
    return np.moveaxis(fitted, 0, axes[0]), len(shared)
