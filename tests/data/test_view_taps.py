"""The sparse matrices of large images, against plain NumPy loops and against the dense ones of small images."""

import importlib

import numpy as np
import pytest

from keras_transfer import data
from keras_transfer.data.batches import sample_seeds
from keras_transfer.data.view import draw_views
from keras_transfer.data.view_taps import is_large
from tests.data.test_view import check, images, plain_blur, plain_box, plain_crop, recipe, run

VIEW = importlib.import_module("keras_transfer.data.view")
EVERYTHING = dict(
    area=(0.05, 1.0), ratio=(0.5, 2.0), flip=0.5, flip_vertical=0.5, jitter=1.0, brightness=0.4, blur=0.5, erase=0.5
)


@pytest.fixture
def sparse(monkeypatch):
    """Take images for large ones, for plain loops are too slow for those that are."""
    monkeypatch.setattr(VIEW, "is_large", lambda source, target: True)


@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize(("area", "size"), [((0.1, 0.9), (12, 10)), ((0.3, 1.0), (5, 4)), ((0.7, 1.6), (9, 14))])
def test_crop(sparse, area, size, channels):
    ratio = (0.5, 2.0)

    def plain(image, draw):
        return plain_crop(image, *plain_box(draw, area, ratio), size)

    check(images(channels, count=4), recipe(area=area, ratio=ratio, size=size), plain)


def test_flips(sparse):
    def plain(image, draw):
        image = np.flip(image, 1) if draw["flip"] < 0.5 else image
        return np.flip(image, 0) if draw["flip_vertical"] < 0.5 else image

    check(images(), recipe(flip=0.5, flip_vertical=0.5), plain)


@pytest.mark.parametrize("sigma", [(0.05, 0.2), (0.3, 2.0), (2.0, 9.0)])
def test_blur(sparse, sigma):
    check(images(count=6), recipe(blur=0.7, sigma=sigma), lambda image, draw: plain_blur(image, draw, 0.7, sigma))


def test_crop_then_blur(sparse):
    area, ratio, sigma, size = (0.1, 0.9), (0.5, 2.0), (0.3, 1.0), (14, 9)

    def plain(image, draw):
        return plain_blur(plain_crop(image, *plain_box(draw, area, ratio), size), draw, 0.7, sigma)

    check(images(count=4), recipe(area=area, ratio=ratio, size=size, blur=0.7, sigma=sigma), plain)


@pytest.mark.parametrize("rotation", [0, 20])
@pytest.mark.parametrize(
    ("source", "target"), [((64, 51), None), ((150, 131), (40, 61)), ((20, 33), (90, 97)), ((128, 1), (64, 3))]
)
def test_sparse_and_dense_agree(monkeypatch, source, target, rotation):
    assert is_large(source, target or source)
    x = images(size=source, count=4)
    wanted = recipe(**EVERYTHING, rotation=rotation, size=target)
    got = run(x, wanted)[0]
    np.testing.assert_allclose(run((x / 255).astype("float32"), wanted)[0], got, atol=1e-5)
    monkeypatch.setattr(VIEW, "is_large", lambda source, target: False)
    np.testing.assert_allclose(got, run(x, wanted)[0], atol=3e-5)


def test_a_view_depends_on_its_own_seed_alone():
    x, wanted = images(size=(64, 56), count=9), recipe(**EVERYTHING)
    seeds = [sample_seeds(seed, 0, 9) for seed in range(2)]
    whole = draw_views(x, seeds, wanted)
    for together, own in zip(whole, seeds, strict=True):
        np.testing.assert_allclose(together, data.view(x, own, wanted), atol=1e-5)
        np.testing.assert_allclose(together[3:6], data.view(x[3:6], own[3:6], wanted), atol=1e-5)
    # A worker's share of a last batch may be empty.
    assert [one.shape for one in draw_views(x[:0], [own[:0] for own in seeds], wanted)] == [(0, 64, 56, 3)] * 2


def test_large_views_in_a_dataset_are_a_function_of_seed_epoch_and_position():
    x = images(size=(64, 64), count=12)

    def epochs():
        dataset = data.two_views(x, 4, recipe="simclr", seed=3)
        return [[np.stack(pair) for (pair,) in dataset] for _ in range(2)]

    first, again = epochs(), epochs()
    np.testing.assert_array_equal(first, again)
    assert not np.array_equal(first[0], first[1])
    views = np.concatenate(first[0], 1)
    assert views.shape == (2, 12, 64, 64, 3) and not np.any(np.all(views[0] == views[1], axis=(1, 2, 3)))


@pytest.mark.parametrize(
    ("source", "target", "large"),
    [
        ((32, 32), (32, 32), False),
        ((48, 48), (48, 48), False),
        ((224, 224), (224, 224), True),
        ((16, 256), (16, 32), True),
    ],
)
def test_large_is_a_matter_of_the_longer_axis(source, target, large):
    assert is_large(source, target) == large
