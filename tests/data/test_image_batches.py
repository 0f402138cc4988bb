import numpy as np
import pytest

from keras_transfer import data
from tests.data.test_shard import as_set


def test_an_array_and_shards_give_the_same_images(shards):
    images = data.ImageShards(shards[0])
    array = np.stack(list(images))
    for source in (array, images):
        made = data.image_batches(source, 4, seed=3, map=lambda x, seeds: (x, seeds))
        assert len(made) == 5
        found = [(x.numpy(), seeds.numpy().tolist()) for x, seeds in made]
        assert len({tuple(seed) for _, seeds in found for seed in seeds}) == 20
        drawn = as_set(image for x, _ in found for image in x)
        assert len(drawn) == 20 and drawn <= as_set(array)


def test_an_epoch_of_shards_is_one_pass(shards):
    with pytest.raises(ValueError, match="Received: steps=3"):
        data.image_batches(data.ImageShards(shards[0]), 4, steps=3)
