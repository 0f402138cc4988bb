"""Pairs of random views for contrastive and self-distilled pretraining."""

import itertools

import numpy as np

from keras_transfer.data.batches import batches
from keras_transfer.data.image_batches import image_batches
from keras_transfer.data.image_shards import ImageShards
from keras_transfer.data.split_seeds import split_seeds
from keras_transfer.data.view import draw_views
from keras_transfer.data.view_recipe import ViewRecipe


def two_views(images, batch_size, *, labels=None, recipe=None, size=None, seed=0, steps=None):
    """Make a training dataset of two independent random views of each image.

    Args:
        images: `(n, height, width, channels)` or, grey, `(n, height, width)`; uint8, or floats in `[0, 1]`. Or `ImageShards`.
        batch_size: Images per batch; each gives two views. A last, smaller batch is left out (another each epoch).
        labels: Labels that go along, for objectives that use them such as SupCon. Not for shards.
        recipe: A `ViewRecipe`, the name of a preset, or a pair of either, for views made in two ways as in BYOL.
            Default: `ViewRecipe.for_images`, by size and channels.
        size: Side of the views in pixels. Default: the recipe's, else that of the images.
        seed: Any integer. The views are a function of (seed, epoch, position).
        steps: Batches per epoch. Default: one pass over the images.

    Returns:
        A `tf.data.Dataset` of `((view_a, view_b),)`, or `((view_a, view_b), labels)`: what `fit` takes as `x` is the pair. Views
        are float32 of shape `(batch, size, size, channels)` in `[0, 1]`.

    Raises:
        ValueError: if the images are not images, or there is no such recipe.

    Example:
        >>> model = keras_transfer.objectives.SimCLR(encoder)
        >>> model.compile("adam")
        >>> model.fit(keras_transfer.data.two_views(x_unlabelled, 256), epochs=100)
    """
    images = as_images(images)
    pair = recipe if isinstance(recipe, (tuple, list)) else (recipe, recipe)
    if len(pair) != 2:
        raise ValueError(f"`recipe` must be one recipe or two, one per view. Received: {len(pair)} recipes.")
    pair = [as_recipe(one, images.shape, size) for one in pair]

    def views(x, seeds):
        return tuple(several_views(x, split_seeds(seeds, 2), pair))

    if labels is None:
        return image_batches(images, batch_size, seed=seed, steps=steps, map=lambda x, seeds: (views(x, seeds),))
    labels = labels_of(images, labels)
    return batches(
        (images, labels),
        batch_size,
        seed=seed,
        steps=steps,
        map=lambda batch, seeds: (views(batch[0], seeds), batch[1]),
    )


def several_views(images, seeds, recipes):
    """One view per recipe, each with seeds of its own."""
    views = []
    for recipe, group in itertools.groupby(zip(recipes, seeds, strict=True), key=lambda pair: pair[0]):
        views += draw_views(images, [own for _, own in group], recipe)
    return views


def labels_of(images, labels):
    """Labels of images in memory."""
    if isinstance(images, ImageShards):
        raise ValueError(f"{images.name} is read without labels: leave `labels` out, or give the images as an array.")
    return np.asarray(labels)


def as_images(images, name="images"):
    """Check images and give grey ones their channel."""
    if isinstance(images, ImageShards):
        return images
    images = np.asarray(images)
    if images.ndim == 3:
        images = images[..., None]
    if images.ndim != 4 or images.shape[-1] not in (1, 3):
        raise ValueError(
            f"`{name}` must have the shape (n, height, width), (n, height, width, 1) or (n, height, width, 3). "
            f"Received: shape {images.shape}"
        )
    if images.dtype == np.uint8:
        return images
    if images.dtype.kind != "f":
        raise ValueError(
            f"`{name}` must be uint8 (0 to 255), or floats from 0 to 1. Received: dtype {images.dtype}. "
            "Convert them, or read them with `data.load_images`, which does."
        )
    low, high = (float(images.min()), float(images.max())) if images.size else (0.0, 0.0)
    if not (low >= 0 and high <= 1):  # False for NaN as well
        raise ValueError(
            f"`{name}` of floats must be from 0 to 1. Received: pixels from {low:g} to {high:g}. "
            "Divide by 255 if they were 0 to 255, and leave centring and scaling to a layer of the model."
        )
    return images.astype("float32", copy=False)


def as_recipe(recipe, shape, size=None):
    """A `ViewRecipe` from a recipe, a preset's name, or None."""
    changes = {} if size is None else {"size": size}
    if recipe is None:
        return ViewRecipe.for_images(shape, **changes)
    if isinstance(recipe, str):
        return ViewRecipe.preset(recipe, **changes)
    if not isinstance(recipe, ViewRecipe):
        raise ValueError(f"`recipe` must be a ViewRecipe or the name of a preset. Received: {recipe!r}")
    return ViewRecipe(**{**recipe.get_config(), **changes})
