"""RandAugment's operations against Pillow's."""

import numpy as np
import pytest
from PIL import Image, ImageEnhance, ImageOps

from keras_transfer import data
from keras_transfer.data.batches import sample_seeds
from keras_transfer.data.rand_augment import OPERATIONS

RNG = np.random.default_rng(0)
COUNT = 12


def pictures(channels=3):
    """Smooth images of limited contrast, one of them flat."""
    coarse = RNG.integers(30, 200, (COUNT, 5, 6, channels), dtype=np.uint8)
    x = np.stack(
        [
            np.stack([np.asarray(Image.fromarray(c[..., k]).resize((24, 20))) for k in range(channels)], -1)
            for c in coarse
        ]
    )
    x[0] = 77
    return x


def run(x, name, magnitude):
    seeds = sample_seeds(0, 0, len(x))
    signs = np.where(data.uniform(seeds, 2).numpy()[:, 1] < 0.5, -1, 1)
    return data.rand_augment(x, seeds, operations=1, magnitude=magnitude, only=(name,)).numpy() * 255, signs


def pillow(array):
    return Image.fromarray(array[..., 0] if array.shape[-1] == 1 else array)


def pixels(image):
    array = np.asarray(image).astype(float)
    return array[..., None] if array.ndim == 2 else array


WITHOUT_STRENGTH = {
    "auto_contrast": ImageOps.autocontrast,
    "equalize": ImageOps.equalize,
    "identity": lambda image: image,
}
ENHANCED = {
    "saturation": ImageEnhance.Color,
    "contrast": ImageEnhance.Contrast,
    "brightness": ImageEnhance.Brightness,
    "sharpness": ImageEnhance.Sharpness,
}


@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("name", WITHOUT_STRENGTH)
def test_operations_without_strength(name, channels):
    x = pictures(channels)
    got, _ = run(x, name, 0.5)
    for image, result in zip(x, got, strict=True):
        np.testing.assert_allclose(result, pixels(WITHOUT_STRENGTH[name](pillow(image))), atol=1.01)


@pytest.mark.parametrize("magnitude", [0.25, 0.5, 1.0])
def test_posterize_and_solarize(magnitude):
    x = pictures()
    posterized, _ = run(x, "posterize", magnitude)
    solarized, _ = run(x, "solarize", magnitude)
    for image, one, two in zip(x, posterized, solarized, strict=True):
        np.testing.assert_allclose(one, pixels(ImageOps.posterize(pillow(image), 8 - round(4 * magnitude))), atol=1e-3)
        np.testing.assert_allclose(two, pixels(ImageOps.solarize(pillow(image), 255 * (1 - magnitude))), atol=1e-3)


@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("name", ENHANCED)
@pytest.mark.parametrize("magnitude", [0.3, 1.0])
def test_enhancements(name, channels, magnitude):
    x = pictures(channels)
    got, signs = run(x, name, magnitude)
    for image, result, sign in zip(x, got, signs, strict=True):
        wanted = pixels(ENHANCED[name](pillow(image)).enhance(1 + sign * 0.9 * magnitude))
        # Pillow rounds the degenerate image before it blends.
        np.testing.assert_allclose(result, wanted, atol=2.1)


@pytest.mark.parametrize(
    ("name", "transform"),
    [
        ("shear_x", lambda s: (1, 0.3 * s, -0.3 * s * 10, 0, 1, 0)),
        ("shear_y", lambda s: (1, 0, 0, 0.3 * s, 1, -0.3 * s * 12)),
        ("translate_x", lambda s: (1, 0, 150 / 331 * s * 24, 0, 1, 0)),
        ("translate_y", lambda s: (1, 0, 0, 0, 1, 150 / 331 * s * 20)),
    ],
)
def test_shears_and_shifts(name, transform):
    x = pictures()
    got, signs = run(x, name, 1.0)
    for image, result, sign in zip(x, got, signs, strict=True):
        marked = np.concatenate([image, np.full_like(image[..., :1], 255)], -1)
        wanted = pixels(
            Image.fromarray(marked).transform(
                (24, 20), Image.Transform.AFFINE, transform(sign), Image.Resampling.BILINEAR
            )
        )
        inside = wanted[..., 3] == 255
        assert inside.mean() > 0.4
        np.testing.assert_allclose(result[inside], wanted[..., :3][inside], atol=1.01)


def test_rotation():
    x = pictures()
    got, signs = run(x, "rotate", 1.0)
    for image, result, sign in zip(x, got, signs, strict=True):
        marked = np.concatenate([image, np.full_like(image[..., :1], 255)], -1)
        wanted = pixels(Image.fromarray(marked).rotate(30 * sign, Image.Resampling.BILINEAR))
        inside = wanted[..., 3] == 255
        np.testing.assert_allclose(result[inside], wanted[..., :3][inside], atol=1.01)


def test_every_operation_comes_equally_often_and_one_by_one():
    # On these images each operation leaves a mark of its own, or none.
    x = np.repeat(pictures()[1:2], 1400, 0)
    seeds = sample_seeds(0, 0, 1400)
    whole = data.rand_augment(x, seeds, operations=1, magnitude=0.5).numpy()
    alone = {
        name: data.rand_augment(x[:2], both_signs(), operations=1, magnitude=0.5, only=(name,)) for name in OPERATIONS
    }
    kinds = {name: [one.numpy() for one in results] for name, results in alone.items()}
    counts = dict.fromkeys(OPERATIONS, 0)
    for image in whole:
        matching = [
            name for name, results in kinds.items() if any(np.allclose(image, one, atol=1e-4) for one in results)
        ]
        assert matching
        counts[matching[0]] += 1
    assert min(counts.values()) > 60 and max(counts.values()) < 145  # expected 100


def both_signs():
    seeds = sample_seeds(0, 0, 50)
    second = data.uniform(seeds, 2).numpy()[:, 1]
    return np.stack([seeds[np.argmin(second)], seeds[np.argmax(second)]])


@pytest.mark.parametrize("channels", [1, 3])
def test_range_shape_and_own_seed(channels):
    x = pictures(channels)
    seeds = sample_seeds(5, 0, COUNT)
    whole = data.rand_augment(x, seeds, operations=4, magnitude=1.0).numpy()
    assert whole.shape == x.shape and whole.min() >= 0 and whole.max() <= 1 and np.isfinite(whole).all()
    part = data.rand_augment((x[3:7] / 255).astype("float32"), seeds[3:7], operations=4, magnitude=1.0)
    np.testing.assert_allclose(part, whole[3:7], atol=1e-5)
    assert not np.allclose(whole, x / 255)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (dict(only=("flip",)), "`only` must name operations of identity, .* Received: flip"),
        (dict(only=()), "Received: none"),
        (dict(magnitude=1.5), "`magnitude` must be from 0 to 1. Received: magnitude=1.5"),
        (dict(operations=0), "`operations` must be a whole number from 1"),
    ],
)
def test_wrong_arguments_are_named(options, message):
    with pytest.raises(ValueError, match=message):
        data.rand_augment(pictures(), sample_seeds(0, 0, COUNT), **options)
