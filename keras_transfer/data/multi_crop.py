"""A few large and several small crops of each image, for SwAV and DINO."""

import dataclasses

import numpy as np

from keras_transfer.data.batches import batches
from keras_transfer.data.image_batches import image_batches
from keras_transfer.data.split_seeds import split_seeds
from keras_transfer.data.two_views import as_images, as_recipe, labels_of, several_views


def multi_crop(
    images,
    batch_size,
    *,
    global_crops=2,
    local_crops=6,
    labels=None,
    recipe=None,
    local_recipe=None,
    size=None,
    local_size=None,
    global_area=(0.4, 1.0),
    local_area=(0.1, 0.4),
    seed=0,
    steps=None,
):
    """Make a training dataset of several independent random crops of each image, large ones first.

    Args:
        images: `(n, height, width, channels)` or, grey, `(n, height, width)`; uint8, or floats in `[0, 1]`. Or `ImageShards`.
        batch_size: Images per batch. A last, smaller batch is left out (another each epoch).
        global_crops: How many large crops, 1 or more.
        local_crops: How many small ones, 0 or more.
        labels: Labels that go along. Not for shards.
        recipe: What else happens to the large crops: a `ViewRecipe` or the name of a preset, or one of these for each large
            crop, as DINO has it. Default: `ViewRecipe.for_images`. Its area and size give way to the arguments here.
        local_recipe: The same for the small crops. Default: the (first) recipe of the large ones.
        size: Side of the large crops in pixels. Default: that of the images.
        local_size: Side of the small ones. Default: half of `size`. Objectives resize them for an encoder of one size.
        global_area: Smallest and largest part of the image in a large crop.
        local_area: Smallest and largest part of the image in a small crop.
        seed: Any integer. The crops are a function of (seed, epoch, position).
        steps: Batches per epoch. Default: one pass over the images.

    Returns:
        A `tf.data.Dataset` of `(crops,)` or `(crops, labels)`, where `crops` is a tuple of `global_crops` tensors of shape
        `(batch, size, size, channels)` and `local_crops` of shape `(batch, local_size, local_size, channels)`, float32 in
        `[0, 1]`.

    Raises:
        ValueError: if an argument is out of range.

    Example:
        >>> crops = keras_transfer.data.multi_crop(x_unlabelled, 64, local_crops=4)
        >>> model = keras_transfer.objectives.SwAV(encoder)
        >>> model.compile("adam")
        >>> model.fit(crops, epochs=100)

    References:
        - [SwAV, Caron et al., 2020](https://arxiv.org/abs/2006.09882)
        - [DINO, Caron et al., 2021](https://arxiv.org/abs/2104.14294)
    """
    images = as_images(images)
    for name, number, least in (("global_crops", global_crops, 1), ("local_crops", local_crops, 0)):
        if isinstance(number, bool) or not isinstance(number, int) or number < least:
            raise ValueError(f"`{name}` must be a whole number from {least}. Received: {name}={number!r}")
    size = images.shape[1:3] if size is None else size
    local_size = (
        tuple(max(side // 2, 1) for side in np.broadcast_to(size, 2).tolist()) if local_size is None else local_size
    )
    several = list(recipe) if isinstance(recipe, (tuple, list)) else [recipe] * global_crops
    if len(several) != global_crops:
        raise ValueError(
            f"`recipe` must be one recipe, or one per large crop ({global_crops}). Received: {len(several)} recipes."
        )
    large = [dataclasses.replace(as_recipe(one, images.shape, size), area=global_area) for one in several]
    small = large[0] if local_recipe is None else as_recipe(local_recipe, images.shape)
    small = dataclasses.replace(small, area=local_area, size=local_size)
    recipes = [*large, *[small] * local_crops]

    def crops(x, seeds):
        return tuple(several_views(x, split_seeds(seeds, len(recipes)), recipes))

    if labels is None:
        return image_batches(images, batch_size, seed=seed, steps=steps, map=lambda x, seeds: (crops(x, seeds),))
    arrays = (images, labels_of(images, labels))
    return batches(
        arrays, batch_size, seed=seed, steps=steps, map=lambda batch, seeds: (crops(batch[0], seeds), batch[1])
    )
