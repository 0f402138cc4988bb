import keras
import numpy as np
import pytest
from click.testing import CliRunner
from PIL import Image

from keras_transfer import data
from keras_transfer.cli.main import cli
from keras_transfer.data.record_manifest import read_manifest, write_manifest
from keras_transfer.objectives import SimCLR
from tests.callbacks.resume_case import assert_same, run
from tests.data.test_shard import as_set, write_images


def test_every_image_once(shards):
    images = data.ImageShards(shards[0])
    assert len(images) == 22 and images.shape == (22, 8, 8, 1)
    found = list(images)
    assert found[0].shape == (8, 8, 1) and found[0].dtype == np.uint8
    assert as_set(image[..., 0] for image in found) == as_set(shards[1])
    assert np.shape(list(images.in_colour())) == (22, 8, 8, 3)


def test_labels_in_the_shards_are_passed_over(tmp_path):
    pixels = write_images(tmp_path / "in", 4)
    data.shard(tmp_path / "in", tmp_path / "out", labels=True, processes=1)
    assert as_set(image[..., 0] for image in data.ImageShards(tmp_path / "out")) == as_set(pixels)


def test_load_images_leaves_them_on_disk(shards, tmp_path):
    folder, pixels = shards
    write_images(tmp_path / "labelled", 6, size=12)  # another size: cut to that of the shards
    images = data.load_images(folder, tmp_path / "labelled")
    assert isinstance(images.x_unlabelled, data.ImageShards)
    assert images.image_shape == (8, 8, 1) and images.x_labelled.shape == (6, 8, 8, 1)
    assert "22 unlabelled" in images.summary() and "read from shards while training" in images.summary()
    assert "22 images" in str(data.audit(folder)) and "groups of equal" not in str(data.audit(folder))
    # With pictures in colour beside them grey ones get three channels.
    Image.fromarray(np.stack([pixels[0]] * 2 + [pixels[1]], -1)).save(tmp_path / "labelled" / "a" / "colour.png")
    assert data.load_images(folder, tmp_path / "labelled").x_unlabelled.shape == (22, 8, 8, 3)


def test_views_and_crops_are_drawn_from_them(shards):
    images = data.ImageShards(shards[0])
    (((first, second),), *_) = data.two_views(images, 4, seed=1)
    assert first.shape == second.shape == (4, 8, 8, 1) and np.abs(first - second).max() > 0.1
    ((crops,), *_) = data.multi_crop(images.in_colour(), 4, local_crops=2)
    assert [crop.shape[-1] for crop in crops] == [3] * 4
    with pytest.raises(ValueError, match="leave `labels` out"):
        data.two_views(images, 4, labels=range(22))


@pytest.mark.parametrize("part", ["labelled", "validation", "test"])
def test_they_serve_for_pretraining_alone(shards, tmp_path, part):
    write_images(tmp_path, 6)
    with pytest.raises(ValueError, match=f"`{part}` .* they serve as `unlabelled` alone"):
        data.load_images(**{"labelled": tmp_path, part: shards[0]})


def test_what_cannot_serve_is_named(shards, tmp_path):
    folder = shards[0]
    with pytest.raises(ValueError, match=r"shards of 8 x 8 pixels.*Received: image_size=\(9, 9\)"):
        data.load_images(folder, image_size=9)
    with pytest.raises(ValueError, match="need no sharding"):
        data.shard(folder, tmp_path / "again", kind="images")
    (tmp_path / "one.tfrecord").touch()
    with pytest.raises(ValueError, match="not finished"):
        data.load_images(tmp_path)
    manifest = read_manifest(folder)
    fields = [{"dtype": "int32", "shape": [16]}]
    write_manifest(
        tmp_path, {**manifest, "fields": fields, "shards": [dict(manifest["shards"][0], file="one.tfrecord", bytes=0)]}
    )
    with pytest.raises(ValueError, match=r"other things than images. Received: records of int32, shape \(16,\)"):
        data.load_images(tmp_path)


def test_a_damaged_shard_is_found_by_the_audit(tmp_path):
    write_images(tmp_path / "in", 4)
    data.shard(tmp_path / "in", tmp_path / "out", processes=1)
    (path,) = (tmp_path / "out").glob("*.tfrecord")
    contents = bytearray(path.read_bytes())
    contents[30] ^= 1
    path.write_bytes(contents)
    done = CliRunner().invoke(cli, ["audit", str(tmp_path / "out")])
    assert done.exit_code == 1 and f"{path} is damaged" in done.output


def test_a_pretraining_goes_on_at_the_batch_where_it_was_killed(shards, tmp_path):
    def build():
        keras.utils.set_random_seed(0)
        encoder = keras.Sequential([keras.Input((8, 8, 1)), keras.layers.Flatten(), keras.layers.Dense(4)])
        model = SimCLR(encoder, projection=(4,))
        model.compile(keras.optimizers.Adam(0.01))
        return model, {"x": data.two_views(data.ImageShards(shards[0]), 4, seed=2), "shuffle": False}

    quiet = run(build, tmp_path / "quiet", epochs=2, every=1)
    assert_same(quiet, run(build, tmp_path / "killed", [3], epochs=2, every=1))
