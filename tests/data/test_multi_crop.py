import numpy as np
import pytest
import tensorflow as tf

from keras_transfer import data


def images(count=12, size=16, channels=3):
    return np.random.default_rng(0).integers(0, 256, (count, size, size, channels), dtype=np.uint8)


def test_element():
    dataset = data.multi_crop(images(), 4, local_crops=3)
    (crops,) = dataset.element_spec
    assert [crop.shape for crop in crops] == [(4, 16, 16, 3)] * 2 + [(4, 8, 8, 3)] * 3
    assert all(crop.dtype == tf.float32 for crop in crops) and dataset.cardinality() == 3
    (crops,) = data.multi_crop(images(), 4, global_crops=1, local_crops=0, size=20).element_spec
    assert [crop.shape for crop in crops] == [(4, 20, 20, 3)]
    crops, labels = data.multi_crop(images(channels=1), 4, local_size=5, labels=np.arange(12)).element_spec
    assert crops[-1].shape == (4, 5, 5, 1) and labels.shape == (4,)


def test_large_crops_see_more_than_small_ones():
    # On a ramp the spread of a crop tells how much of the image it covers.
    ramp = np.tile(np.linspace(0, 255, 64).astype(np.uint8), (400, 64, 1))
    recipe = data.ViewRecipe.preset("none")
    (crops,) = next(iter(data.multi_crop(ramp, 400, global_crops=1, local_crops=1, recipe=recipe)))
    large, small = (tf.reduce_max(crop, (1, 2, 3)) - tf.reduce_min(crop, (1, 2, 3)) for crop in crops)
    assert np.min(large) > np.sqrt(0.4) - 0.05 and np.max(small) < np.sqrt(0.4) + 0.05
    assert np.min(small) < np.sqrt(0.1) + 0.05


def test_no_two_crops_share_randomness():
    ramp = np.tile(np.linspace(0, 255, 16).astype(np.uint8), (1500, 16, 1))
    (crops,) = next(iter(data.multi_crop(ramp, 1500, local_crops=3, recipe=data.ViewRecipe.preset("none", flip=0.5))))
    means = np.stack([tf.reduce_mean(crop, (1, 2, 3)) for crop in crops])
    assert np.abs(np.corrcoef(means) - np.eye(5)).max() < 0.11  # four standard errors


def test_the_large_crops_are_two_views():
    recipe = data.ViewRecipe(size=16, area=(0.4, 1.0))
    (crops,) = next(iter(data.multi_crop(images(), 4, local_crops=0, recipe=recipe, seed=3)))
    ((a, b),) = next(iter(data.two_views(images(), 4, recipe=recipe, seed=3)))
    np.testing.assert_allclose(crops[0], a, atol=1e-6)
    np.testing.assert_allclose(crops[1], b, atol=1e-6)


def test_one_recipe_per_large_crop_and_one_for_the_small():
    none = data.ViewRecipe.preset("none")
    inverted = data.ViewRecipe.preset("none", invert=1.0)
    black = np.zeros((4, 8, 8, 1), np.uint8)
    (crops,) = next(iter(data.multi_crop(black, 4, recipe=[none, inverted], local_recipe=inverted, local_crops=2)))
    assert [float(tf.reduce_mean(crop)) for crop in crops] == [0, 1, 1, 1]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (dict(global_crops=0), "`global_crops` must be a whole number from 1. Received: global_crops=0"),
        (dict(local_crops=-1), "`local_crops` must be a whole number from 0"),
        (dict(recipe=["none"] * 3), r"one per large crop \(2\). Received: 3 recipes"),
        (dict(local_area=(0.5, 0.1)), "`area` must be two numbers"),
    ],
)
def test_wrong_arguments_are_named(arguments, message):
    with pytest.raises(ValueError, match=message):
        data.multi_crop(images(), 4, **arguments)
