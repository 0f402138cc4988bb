"""Images that stay in a folder of shards."""

from pathlib import Path

import tensorflow as tf

from keras_transfer.data.read_records import read_records
from keras_transfer.data.record_manifest import NAME, read_manifest


class ImageShards:
    """The images of a folder that `data.shard` has written, in the place of an array of images to pretrain on.

    They are read while training, and need not fit into memory: `data.image_batches`, `data.two_views` and `data.multi_crop` take
    them. Iterating over them gives every image once, uint8 of shape `(height, width, channels)`. Labels in the shards are
    passed over.

    Args:
        folder: The folder.
        name: What to call it in messages. Default: the folder.
        colour: Whether grey images get three equal channels.

    Attributes:
        shape: `(n, height, width, channels)`.

    Raises:
        ValueError: naming the folder or file, if the shards are not finished, damaged, or hold no images.

    Example:
        >>> images = keras_transfer.data.ImageShards("shards/")
        >>> model.fit(keras_transfer.data.two_views(images, 1024), epochs=100)
    """

    def __init__(self, folder, name=None, colour=False):
        manifest = read_manifest(folder)
        self.folder, self.name = Path(folder), name or str(folder)
        field, *labels = manifest["fields"]
        shape = tuple(field["shape"])
        if field["dtype"] != "uint8" or len(shape) != 3 or shape[-1] not in (1, 3):
            raise ValueError(
                f"{self.name} holds shards of other things than images. Received: records of {field['dtype']}, shape {shape}. "
                "Expected: what `keras-transfer shard` writes of images, uint8 with shape (height, width, 1 or 3)."
            )
        self.labelled, self._repeats = bool(labels), 3 if colour and shape[-1] == 1 else 1
        self.shape = (sum(one["samples"] for one in manifest["shards"]), *shape[:2], shape[-1] * self._repeats)

    def __len__(self):
        return self.shape[0]

    def __iter__(self):
        for batch in read_records(self.folder, 256, shuffle=False, map=self._mapped(None), verify=True):
            yield from batch.numpy()

    def in_colour(self):
        """The same images, grey ones with three equal channels."""
        return ImageShards(self.folder, self.name, colour=True)

    def batches(self, batch_size, *, seed=0, map=None):
        """Batches to train on, as `data.read_records` makes them; `map` is given images alone."""
        return read_records(self.folder, batch_size, seed=seed, map=self._mapped(map))

    def _mapped(self, map):
        def images_alone(batch, seeds):
            images = batch[0] if self.labelled else batch
            if self._repeats > 1:
                images = tf.repeat(images, self._repeats, -1)
            return images if map is None else map(images, seeds)

        return images_alone


def is_shard_folder(path):
    """Whether a folder holds shards, or what was left of them."""
    manifest = Path(path) / NAME
    return any(Path(path).glob("*.tfrecord*")) or (manifest.is_file() and b'"shards"' in manifest.read_bytes())
