"""Which patches of each image are hidden."""

import tensorflow as tf

from keras_transfer.data.uniform import uniform


def random_order(seeds, patches):
    """A random order of the patches of each image, and its inverse.

    Args:
        seeds: int32 of shape `(batch, 2)`, one row an image.
        patches: How many patches an image has.

    Returns:
        `order` and `restore`, int32 of shape `(batch, patches)`: patch `order[i, k]` of image `i` comes `k`-th, and patch `p`
        comes at place `restore[i, p]`. Those that come first are seen, the rest is hidden.
    """
    order = tf.argsort(uniform(seeds, patches), axis=1)
    return order, tf.argsort(order, axis=1)


def hidden_patches(name, mask_ratio, patches):
    """How many of the patches a ratio hides, at least one seen and one hidden."""
    if not 0 < mask_ratio < 1:
        raise ValueError(f"`mask_ratio` must be between 0 and 1. Received: mask_ratio={mask_ratio}")
    if patches < 2:
        raise ValueError(f"{name} needs images of at least 2 patches. Received: {patches}; choose smaller patches")
    return min(max(round(patches * mask_ratio), 1), patches - 1)
