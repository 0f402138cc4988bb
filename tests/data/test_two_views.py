import keras
import numpy as np
import pytest
import tensorflow as tf

from keras_transfer import data
from tests.replicas import mirrored


def images(count=12, size=8, channels=3):
    return np.random.default_rng(0).integers(0, 256, (count, size, size, channels), dtype=np.uint8)


def test_element_is_a_pair_that_fit_takes_as_x():
    dataset = data.two_views(images(), 4)
    ((a, b),) = dataset.element_spec
    assert a == b == tf.TensorSpec((4, 8, 8, 3), tf.float32)
    assert dataset.cardinality() == 3

    one, two = keras.Input((8, 8, 3)), keras.Input((8, 8, 3))
    model = keras.Model((one, two), keras.layers.GlobalAveragePooling2D()(one - two))
    assert model.predict(dataset, verbose=0).shape == (12, 3)


def test_labels_go_along_with_their_image():
    x = np.arange(12, dtype=np.uint8)[:, None, None, None] * np.ones((1, 8, 8, 1), np.uint8)
    for (a, _), y in data.two_views(x, 4, labels=np.arange(12), recipe="none"):
        np.testing.assert_allclose(a[:, 0, 0, 0] * 255, y, atol=1e-3)


def test_the_two_views_share_no_randomness():
    # The mean of a crop of a ramp tells where it was cut; over many images the two must not go together.
    ramp = np.tile(np.linspace(0, 255, 16).astype(np.uint8), (2000, 16, 1))
    recipe = data.ViewRecipe.preset("none", area=(0.1, 0.5), flip=0.5, jitter=0.5, brightness=0.5, invert=0.5)
    ((a, b),) = next(iter(data.two_views(ramp, 2000, recipe=recipe, seed=1)))
    for measure in (
        lambda v: tf.reduce_mean(v, (1, 2, 3)),
        lambda v: v[:, 0, 0, 0] - v[:, 0, -1, 0],
        lambda v: v[:, 3, 5, 0],
    ):
        assert abs(np.corrcoef(measure(a), measure(b))[0, 1]) < 0.09  # four standard errors
        assert np.std(measure(a)) > 0.05
    assert not np.any(np.all(a.numpy() == b.numpy(), axis=(1, 2, 3)))


def test_views_are_a_function_of_seed_epoch_and_position():
    def first(dataset):
        return next(iter(dataset))[0][0].numpy()

    dataset = data.two_views(images(), 4, seed=5)
    epochs = [first(dataset) for _ in range(2)]
    assert not np.array_equal(*epochs)
    data.set_epoch(0)
    np.testing.assert_array_equal(first(dataset), epochs[0])
    np.testing.assert_array_equal(first(data.two_views(images(), 4, seed=5)), epochs[0])
    assert not np.array_equal(first(data.two_views(images(), 4, seed=6)), epochs[0])


def test_one_recipe_per_view():
    ((a, b),) = next(iter(data.two_views(images(), 4, recipe=("none", data.ViewRecipe.preset("none", invert=1.0)))))
    np.testing.assert_allclose(a, 1 - b, atol=1e-5)


def test_grey_images_without_channel_and_floats():
    ((a, _),) = data.two_views(np.random.rand(6, 28, 28), 3, size=20).element_spec
    assert a.shape == (3, 20, 20, 1)


def test_under_a_mirrored_strategy():
    strategy = mirrored(2)
    with strategy.scope():
        dataset = data.two_views(images(), 4, seed=5)
    wanted = next(iter(data.two_views(images(), 4, seed=5)))[0][0]
    got = next(iter(strategy.experimental_distribute_dataset(dataset)))[0][0]
    np.testing.assert_array_equal(np.concatenate(strategy.experimental_local_results(got)), wanted)


@pytest.mark.parametrize(
    ("x", "arguments", "message"),
    [
        (np.zeros((4, 8)), {}, r"\(n, height, width\).*Received: shape \(4, 8\)"),
        (np.zeros((4, 3, 8, 8), np.uint8), {}, "must have the shape"),
        (np.full((4, 8, 8), 255.0), {}, "from 255 to 255. Divide by 255"),
        (np.full((4, 8, 8), np.nan), {}, "from nan to nan"),
        (np.zeros((4, 8, 8), np.int64), {}, "Received: dtype int64"),
        (np.zeros((4, 8, 8)), {"recipe": "strong"}, "no view recipe 'strong'"),
        (np.zeros((4, 8, 8)), {"recipe": 3}, "`recipe` must be a ViewRecipe or the name of a preset. Received: 3"),
        (np.zeros((4, 8, 8)), {"recipe": ["weak"] * 3}, "Received: 3 recipes"),
        (np.zeros((4, 8, 8)), {"labels": np.zeros(3)}, r"Received rows: \[4, 3\]"),
    ],
)
def test_wrong_input_is_named(x, arguments, message):
    with pytest.raises(ValueError, match=message):
        data.two_views(x, 2, **arguments)
