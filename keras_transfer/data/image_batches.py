"""Batches of images, wherever they are kept."""

from keras_transfer.data.batches import batches
from keras_transfer.data.image_shards import ImageShards


def image_batches(images, batch_size, *, seed=0, steps=None, map=None):
    """Make a training dataset of images in memory or in shards, in an order that is a function of (seed, epoch).

    Args:
        images: `(n, height, width, channels)`, or `ImageShards`.
        batch_size: Images per batch, of all replicas together. A last, smaller batch is left out (another each epoch).
        seed: Any integer.
        steps: Batches per epoch. Default: one pass over the images. Not for shards.
        map: Function called as `map(batch, seeds)` in the dataset's graph, see `data.batches`.

    Returns:
        What `fit` takes. Shards under several workers give a distributed dataset, of which each worker reads its own share: call
        this in the strategy's scope.

    Raises:
        ValueError: if a number is out of range, or `steps` is given for shards.

    Example:
        >>> images = keras_transfer.data.load_images("shards/").x_unlabelled
        >>> train = keras_transfer.data.image_batches(images, 256, map=lambda x, seeds: tf.cast(x, "float32") / 255)
    """
    if not isinstance(images, ImageShards):
        return batches(images, batch_size, seed=seed, steps=steps, map=map)
    if steps is not None:
        raise ValueError(f"An epoch of shards is one pass over them: leave `steps` out. Received: steps={steps}")
    return images.batches(batch_size, seed=seed, map=map)
