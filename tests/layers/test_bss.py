import keras
import numpy as np
import pytest
import tensorflow as tf

from keras_transfer.layers import BSS


@pytest.mark.parametrize("shape", [(4, 7), (7, 4), (5, 5)])
@pytest.mark.parametrize("smallest", [1, 3])
def test_is_the_sum_of_the_smallest_squared_singular_values(shape, smallest):
    features = np.random.default_rng(0).normal(size=shape).astype("float32")
    layer = BSS(strength=0.5, smallest=smallest)
    layer(features, training=True)
    singular = np.linalg.svd(features.astype(np.float64), compute_uv=False)
    expected = 0.5 * np.sum(np.sort(singular)[:smallest] ** 2)
    np.testing.assert_allclose(layer.losses[0], expected, rtol=1e-4)
    np.testing.assert_array_equal(layer(features), features)


@pytest.mark.parametrize("shape", [(4, 7), (7, 4)])
def test_gradient_is_that_of_the_singular_values(shape):
    features = np.random.default_rng(0).normal(size=shape)
    layer = BSS(smallest=2)
    with tf.GradientTape() as tape:
        tape.watch(variable := tf.constant(features, tf.float32))
        penalty = layer.penalty(variable)
    found = tape.gradient(penalty, variable).numpy()
    expected = np.zeros(shape)
    for place in np.ndindex(shape):
        sides = []
        for step in (1e-5, -1e-5):
            shifted = features.copy()
            shifted[place] += step
            sides.append(np.sum(np.sort(np.linalg.svd(shifted, compute_uv=False))[:2] ** 2))
        expected[place] = (sides[0] - sides[1]) / 2e-5
    np.testing.assert_allclose(found, expected, rtol=1e-3, atol=1e-4)


def test_equal_singular_values_have_a_finite_gradient():
    with tf.GradientTape() as tape:
        tape.watch(variable := tf.eye(4))
        penalty = BSS(smallest=2).penalty(variable)
    assert np.isfinite(tape.gradient(penalty, variable)).all()


def test_in_plain_fit_it_lowers_them_and_evaluation_has_none():
    # The size of the batch is unknown in the graph, and smaller or larger than the features.
    x, y = np.random.default_rng(0).normal(size=(24, 6)).astype("float32"), np.arange(24) % 2
    found = []
    for strength in (0.0, 1.0):
        keras.utils.set_random_seed(0)
        inputs = keras.Input((6,))
        features = keras.layers.Dense(5, name="features")(inputs)
        model = keras.Model(inputs, keras.layers.Dense(2)(BSS(strength)(features)))
        model.compile(keras.optimizers.SGD(0.02), keras.losses.SparseCategoricalCrossentropy(from_logits=True))
        history = model.fit(x, y, batch_size=16, epochs=10, verbose=0)
        assert np.isfinite(history.history["loss"]).all()
        kernel, bias = model.get_layer("features").get_weights()
        found.append(np.linalg.svd(x @ kernel + bias, compute_uv=False)[-1])
        logits = model(x, training=False)
        np.testing.assert_allclose(model.evaluate(x, y, verbose=0), model.loss(y, logits), rtol=1e-5)
    assert found[1] < found[0]


def test_wrong_arguments_are_named():
    with pytest.raises(ValueError, match="smallest=0"):
        BSS(smallest=0)
    with pytest.raises(ValueError, match="one vector a sample.*\\(2, 3, 4\\)"):
        BSS()(np.zeros((2, 3, 4)))
    again = BSS.from_config(BSS(0.5, 2).get_config())
    assert (again.strength, again.smallest) == (0.5, 2)
