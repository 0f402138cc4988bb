"""What several tests of data read."""

import pytest

from keras_transfer import data
from tests.data.test_shard import write_images


@pytest.fixture(scope="module")
def shards(tmp_path_factory):
    """22 grey images of 8 x 8 in five shards."""
    folder = tmp_path_factory.mktemp("images")
    pixels = write_images(folder / "in")
    data.shard(folder / "in", folder / "out", samples=5, processes=1)
    return folder / "out", pixels
