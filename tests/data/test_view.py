"""Every operation of a view against a plain NumPy loop over one image."""

import colorsys
import math

import keras
import numpy as np
import pytest
import tensorflow as tf

from keras_transfer import data
from keras_transfer.data.batches import sample_seeds
from keras_transfer.data.view import _DRAWS, draw_views
from keras_transfer.data.view_colour import hue_turn

COUNT = 24
PLAIN = data.ViewRecipe.preset("none")


def recipe(**changes):
    return data.ViewRecipe.preset("none", **changes)


def images(channels=3, size=(12, 10), count=COUNT):
    return np.random.default_rng(0).integers(0, 256, (count, *size, channels), dtype=np.uint8)


def run(x, recipe, seed=0):
    seeds = sample_seeds(seed, 0, len(x))
    draws = data.uniform(seeds, len(_DRAWS)).numpy()
    return data.view(x, seeds, recipe).numpy(), [dict(zip(_DRAWS, row, strict=True)) for row in draws]


def check(x, recipe, plain, atol=2e-5):
    """`plain(image in [0, 1], draws)` must give what `view` gives, image by image."""
    got, draws = run(x, recipe)
    wanted = np.stack([plain(image / 255.0, draw) for image, draw in zip(x, draws, strict=True)])
    np.testing.assert_allclose(got, wanted, atol=atol)


def factor(draw, strength):
    low = max(0, 1 - strength)
    return low + draw * (1 + strength - low)


def luma(image):
    return image[..., 0] * 0.299 + image[..., 1] * 0.587 + image[..., 2] * 0.114


def linear_axis(length, start, extent, target):
    """Taps and weights of each output pixel along one axis: linear, or a triangle as wide as a step when shrinking."""
    rows = []
    step = extent * length / target
    for i in range(target):
        at = min(max(start * length + (i + 0.5) * step - 0.5, 0), length - 1)
        weights = [max(0.0, 1 - abs(j - at) / max(step, 1)) for j in range(length)]
        rows.append([w / sum(weights) for w in weights])
    return rows


def plain_crop(image, top, left, height, width, size):
    rows = linear_axis(image.shape[0], top, height, size[0])
    columns = linear_axis(image.shape[1], left, width, size[1])
    out = np.zeros((*size, image.shape[2]))
    for i, row in enumerate(rows):
        for j, column in enumerate(columns):
            for y, a in enumerate(row):
                for x, b in enumerate(column):
                    if a * b:
                        out[i, j] += a * b * image[y, x]
    return out


def plain_box(draw, area, ratio):
    size = area[0] + draw["area"] * (area[1] - area[0])
    aspect = math.exp(math.log(ratio[0]) + draw["ratio"] * math.log(ratio[1] / ratio[0]))
    longest = math.sqrt(max(1, area[1]))
    height, width = min(math.sqrt(size / aspect), longest), min(math.sqrt(size * aspect), longest)
    return draw["top"] * (1 - height), draw["left"] * (1 - width), height, width


@pytest.mark.parametrize("channels", [1, 3])
def test_nothing_asked_nothing_done(channels):
    check(images(channels), PLAIN, lambda image, draw: image, atol=1e-6)


def test_floats_and_bytes_agree():
    x = images()
    everything = data.ViewRecipe(blur=0.5, rotation=10, solarise=0.2, erase=0.5)
    np.testing.assert_allclose(run(x, everything)[0], run((x / 255).astype("float32"), everything)[0], atol=1e-5)


@pytest.mark.parametrize(("area", "size"), [((0.1, 0.9), (12, 10)), ((0.3, 1.0), (5, 4)), ((0.7, 1.6), (9, 14))])
def test_crop(area, size):
    ratio = (0.5, 2.0)

    def plain(image, draw):
        return plain_crop(image, *plain_box(draw, area, ratio), size)

    check(images(count=6), recipe(area=area, ratio=ratio, size=size), plain)


def test_crop_boxes_stay_inside_and_cover_the_range():
    from keras_transfer.data.view_geometry import crop_boxes

    draws = data.uniform(sample_seeds(0, 0, 20000), len(_DRAWS)).numpy()
    boxes = crop_boxes(
        {name: draws[:, i] for i, name in enumerate(_DRAWS)}, recipe(area=(0.08, 1.0), ratio=(3 / 4, 4 / 3))
    )
    top, left, height, width = (part.numpy() for part in boxes)
    assert min(top.min(), left.min()) >= 0 and (top + height).max() <= 1 + 1e-6 and (left + width).max() <= 1 + 1e-6
    area = height * width
    assert area.min() < 0.09 and area.max() > 0.98 and abs(np.mean(area < 0.3) - 0.22 / 0.92) < 0.02
    assert abs(np.mean(width > height) - 0.5) < 0.02


def test_shrinking_averages_and_does_not_skip_pixels():
    stripes = np.zeros((1, 32, 32, 1), np.uint8)
    stripes[:, :, ::2] = 255
    small = run(stripes, recipe(size=8))[0]
    assert np.abs(small - 0.5).max() < 0.05


@pytest.mark.parametrize(("name", "axis"), [("flip", 1), ("flip_vertical", 0)])
def test_flips(name, axis):
    check(images(), recipe(**{name: 0.5}), lambda image, d: np.flip(image, axis) if d[name] < 0.5 else image)


def plain_turn(image, degrees, flip):
    """Rotate anticlockwise about the centre: for each output pixel, where does it come from?"""
    height, width = image.shape[:2]
    angle = math.radians(degrees)
    out = np.zeros_like(image)
    for i in range(height):
        for j in range(width):
            dy, dx = i - (height - 1) / 2, j - (width - 1) / 2
            if flip:
                dx = -dx
            x = (width - 1) / 2 + math.cos(angle) * dx - math.sin(angle) * dy
            y = (height - 1) / 2 + math.sin(angle) * dx + math.cos(angle) * dy
            y0, x0 = math.floor(y), math.floor(x)
            for yy, a in ((y0, 1 - (y - y0)), (y0 + 1, y - y0)):
                for xx, b in ((x0, 1 - (x - x0)), (x0 + 1, x - x0)):
                    out[i, j] += a * b * image[min(max(yy, 0), height - 1), min(max(xx, 0), width - 1)]
    return out


@pytest.mark.parametrize("channels", [1, 3])
def test_rotation(channels):
    def plain(image, draw):
        return plain_turn(image, (draw["rotation"] * 2 - 1) * 40, draw["flip"] < 0.5)

    check(images(channels, count=8), recipe(rotation=40, flip=0.5), plain, atol=1e-4)


def test_rotation_turns_anticlockwise():
    x = np.zeros((1, 9, 9, 1), np.uint8)
    x[0, 4, 8] = 255  # at three o'clock
    seeds = sample_seeds(0, 0, 200)
    degrees = (data.uniform(seeds, len(_DRAWS)).numpy()[:, _DRAWS.index("rotation")] * 2 - 1) * 90
    quarter = int(np.argmax(degrees))
    assert degrees[quarter] > 85
    got = data.view(x, seeds[quarter : quarter + 1], recipe(rotation=90)).numpy()
    assert np.unravel_index(got.argmax(), got.shape)[1:3] == (0, 4)  # twelve o'clock


def test_a_tiny_rotation_is_the_plain_crop():
    x = images(count=6)
    options = dict(area=(0.4, 0.9), ratio=(0.5, 2.0), size=(12, 10), flip=0.5, flip_vertical=0.5)
    np.testing.assert_allclose(run(x, recipe(rotation=1e-6, **options))[0], run(x, recipe(**options))[0], atol=1e-3)


def plain_blur(image, draw, chance, sigma):
    if draw["blur"] >= chance:
        return image
    s = sigma[0] + draw["sigma"] * (sigma[1] - sigma[0])
    out = np.zeros_like(image)
    for i in range(image.shape[0]):
        for j in range(image.shape[1]):
            total = 0.0
            for y in range(image.shape[0]):
                for x in range(image.shape[1]):
                    weight = math.exp(-((i - y) ** 2 + (j - x) ** 2) / (2 * s * s))
                    out[i, j] += weight * image[y, x]
                    total += weight
            out[i, j] /= total
    return out


def test_blur():
    chance, sigma = 0.7, (0.3, 2.0)
    check(images(count=6), recipe(blur=chance, sigma=sigma), lambda image, draw: plain_blur(image, draw, chance, sigma))


def test_blur_after_rotation_is_blur_of_the_rotated():
    x = images(count=4)
    both = run(x, recipe(rotation=30, blur=1.0))[0]
    turned = run(x, recipe(rotation=30))[0]
    np.testing.assert_allclose(both, run(turned, recipe(blur=1.0))[0], atol=1e-5)


@pytest.mark.parametrize("channels", [1, 3])
def test_brightness(channels):
    def plain(image, draw):
        return np.clip(image * factor(draw["brightness"], 0.6), 0, 1)

    check(images(channels), recipe(jitter=1.0, brightness=0.6, contrast=0, saturation=0, hue=0), plain)


@pytest.mark.parametrize("channels", [1, 3])
def test_contrast(channels):
    def plain(image, draw):
        middle = image.mean() if channels == 1 else luma(image).mean()
        return np.clip((image - middle) * factor(draw["contrast"], 0.8) + middle, 0, 1)

    check(images(channels), recipe(jitter=1.0, brightness=0, contrast=0.8, saturation=0, hue=0), plain)


def test_saturation():
    def plain(image, draw):
        grey = luma(image)[..., None]
        return np.clip(grey + (image - grey) * factor(draw["saturation"], 1.5), 0, 1)

    check(images(), recipe(jitter=1.0, brightness=0, contrast=0, saturation=1.5, hue=0), plain)


def test_hue():
    def plain(image, draw):
        angle = (draw["hue"] * 2 - 1) * 0.3 * 2 * math.pi
        y = luma(image)
        i = 0.596 * image[..., 0] - 0.274 * image[..., 1] - 0.322 * image[..., 2]
        q = 0.211 * image[..., 0] - 0.523 * image[..., 1] + 0.312 * image[..., 2]
        i, q = math.cos(angle) * i - math.sin(angle) * q, math.sin(angle) * i + math.cos(angle) * q
        out = [y + 0.956 * i + 0.621 * q, y - 0.272 * i - 0.647 * q, y - 1.107 * i + 1.704 * q]
        return np.clip(np.stack(out, -1), 0, 1)

    # The published inverse of YIQ has three digits.
    check(images(), recipe(jitter=1.0, brightness=0, contrast=0, saturation=0, hue=0.3), plain, atol=5e-3)


def test_hue_turns_by_about_the_angle_and_keeps_luma():
    for turn in (-0.1, 0.05, 0.2):
        matrix = hue_turn(tf.constant([turn * 2 * math.pi])).numpy()[0]
        pixel = np.array([0.6, 0.45, 0.4])
        turned = matrix @ pixel
        assert luma(turned) == pytest.approx(luma(pixel), abs=2e-3)
        moved = colorsys.rgb_to_hsv(*turned)[0] - colorsys.rgb_to_hsv(*pixel)[0]
        assert abs(abs((moved + 0.5) % 1 - 0.5) - abs(turn)) < 0.08
    full = hue_turn(tf.constant([0.0, 2 * math.pi])).numpy()
    np.testing.assert_allclose(full, np.tile(np.eye(3), (2, 1, 1)), atol=1e-5)


def test_colour_operations_follow_one_another():
    def plain(image, draw):
        if draw["jitter"] < 0.7:
            image = image * factor(draw["brightness"], 0.2)
            middle = luma(image).mean()
            image = (image - middle) * factor(draw["contrast"], 0.3) + middle
            grey = luma(image)[..., None]
            image = grey + (image - grey) * factor(draw["saturation"], 0.4)
        if draw["grey"] < 0.3:
            image = np.repeat(luma(image)[..., None], 3, -1)
        if draw["invert"] < 0.4:
            image = 1 - image
        return np.clip(image, 0, 1)

    wanted = recipe(jitter=0.7, brightness=0.2, contrast=0.3, saturation=0.4, hue=0, grey=0.3, invert=0.4)
    check(images(), wanted, plain)


def test_grey():
    check(images(), recipe(grey=1.0), lambda image, draw: np.repeat(luma(image)[..., None], 3, -1))


@pytest.mark.parametrize("channels", [1, 3])
def test_invert(channels):
    check(images(channels), recipe(invert=0.5), lambda image, d: 1 - image if d["invert"] < 0.5 else image)


def test_solarise():
    def plain(image, draw):
        return np.where(image >= 0.5, 1 - image, image) if draw["solarise"] < 0.5 else image

    check(images(), recipe(solarise=0.5), plain)


@pytest.mark.parametrize("channels", [1, 3])
def test_erase(channels):
    def plain(image, draw):
        if draw["erase"] >= 0.5:
            return image
        side = math.sqrt(0.1 + draw["erase_area"] * 0.3)
        out = image.copy()
        for i in range(image.shape[0]):
            for j in range(image.shape[1]):
                y, x = (i + 0.5) / image.shape[0], (j + 0.5) / image.shape[1]
                top, left = draw["erase_top"] * (1 - side), draw["erase_left"] * (1 - side)
                if top <= y < top + side and left <= x < left + side:
                    out[i, j] = image.mean((0, 1))
        return out

    check(images(channels), recipe(erase=0.5, erase_area=(0.1, 0.4)), plain)


def test_noise_is_gaussian_with_the_drawn_deviation():
    x = np.full((40, 64, 64, 1), 128, np.uint8)
    got, draws = run(x, recipe(noise=0.1))
    noise = got[..., 0] - 128 / 255
    wanted = np.array([draw["noise"] * 0.1 for draw in draws])
    np.testing.assert_allclose(noise.std((1, 2)), wanted, rtol=0.06)
    z = (noise / wanted[:, None, None])[wanted < 0.08].ravel()
    assert (
        abs(z.mean()) < 0.02
        and abs(np.mean(np.abs(z) < 1) - 0.6827) < 0.01
        and abs(np.mean(np.abs(z) > 2) - 0.0455) < 0.005
    )
    between = np.corrcoef(noise[:8].reshape(8, -1)) - np.eye(8)
    assert np.abs(between).max() < 0.08


def test_everything_stays_in_range_and_finite():
    wild = data.ViewRecipe(
        area=(0.01, 2.0), rotation=180, brightness=2, contrast=3, saturation=3, hue=0.5, jitter=1, grey=0.5, invert=0.5,
        blur=0.5, sigma=(0.1, 9), solarise=0.5, noise=0.5, erase=0.5, flip_vertical=0.5, size=(7, 9),
    )  # fmt: skip
    for channels in (1, 3):
        got = run(images(channels, count=200), wild)[0]
        assert got.shape == (200, 7, 9, channels) and got.dtype == np.float32
        assert np.isfinite(got).all() and got.min() >= 0 and got.max() <= 1
    assert run(np.zeros((3, 1, 1, 1), np.uint8), wild)[0].max() <= 1


def test_a_view_depends_on_its_own_seed_alone():
    x = images()
    seeds = sample_seeds(0, 0, COUNT)
    everything = data.ViewRecipe(blur=0.5, rotation=10, noise=0.1, erase=0.5)
    whole = data.view(x, seeds, everything).numpy()
    np.testing.assert_allclose(data.view(x[5:9], seeds[5:9], everything).numpy(), whole[5:9], atol=1e-6)


@pytest.mark.parametrize("rotation", [0, 10])
def test_several_views_at_once_are_the_views_one_by_one(rotation):
    x = images()
    everything = data.ViewRecipe(blur=0.5, rotation=rotation, noise=0.1, erase=0.5, size=(9, 7))
    several = [sample_seeds(seed, 0, COUNT) for seed in range(3)]
    for together, seeds in zip(draw_views(x, several, everything), several, strict=True):
        np.testing.assert_allclose(together, data.view(x, seeds, everything), atol=1e-6)
    # A worker's share of a last batch may be empty.
    empty = draw_views(x[:0], [seeds[:0] for seeds in several], everything)
    assert [one.shape for one in empty] == [(0, 9, 7, 3)] * 3


@pytest.mark.parametrize("shape", [(2, 8, 8), (2, 8, 8, 4)])
def test_wrong_images_are_named(shape):
    with pytest.raises(ValueError, match=r"\(batch, height, width, channels\).*Received: shape"):
        data.view(np.zeros(shape, np.uint8), np.zeros((2, 2), np.int32), PLAIN)


def test_recipe_round_trip():
    one = data.ViewRecipe.preset("simclr", size=96)
    assert data.ViewRecipe.from_config(one.get_config()) == one
    assert keras.saving.deserialize_keras_object(keras.saving.serialize_keras_object(one)) == one
    assert one.size == (96, 96) and one.blur == 0.5


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        (dict(area=(0.5, 0.2)), r"`area` must be two numbers.*Received: area=\(0.5, 0.2\)"),
        (dict(sigma=(0.0, 1.0)), "`sigma` must be two numbers above 0"),
        (dict(flip=1.2), "`flip` is a probability from 0 to 1. Received: flip=1.2"),
        (dict(noise=-0.1), "`noise` must be 0 or more"),
        (dict(rotation=float("nan")), "`rotation` must be 0 or more"),
        (dict(hue=0.7), "`hue` is a part of a full circle"),
        (dict(erase_area=(0.5, 1.0)), "`erase_area` must stay below 1"),
        (dict(size=0), "`size` must be a side"),
        (dict(size=(8, 8, 3)), "`size` must be a side"),
    ],
)
def test_wrong_recipes_are_named(changes, message):
    with pytest.raises(ValueError, match=message):
        data.ViewRecipe(**changes)


def test_unknown_preset_is_named():
    with pytest.raises(
        ValueError, match=r"no view recipe 'cifar'.*'digits', 'grey', 'none', 'simclr', 'small', 'weak'"
    ):
        data.ViewRecipe.preset("cifar")


def test_default_by_shape():
    def default(*shape):
        return data.ViewRecipe.for_images(shape)

    assert default(28, 28, 1) == data.ViewRecipe.preset("digits")
    assert default(1000, 64, 64, 1) == data.ViewRecipe.preset("grey")
    assert default(32, 32, 3) == data.ViewRecipe.preset("small")
    assert default(224, 224, 3) == data.ViewRecipe.preset("simclr")
    assert data.ViewRecipe.for_images((32, 32, 3), flip=0.0).flip == 0
