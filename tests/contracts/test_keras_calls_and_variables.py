"""Undocumented behaviour of keras 3.15.1 that layers inside of layers and penalties on weights rely on."""

import keras
import numpy as np


def model():
    keras.utils.set_random_seed(0)
    layers = [
        keras.layers.Dense(3, name="a"),
        keras.layers.BatchNormalization(name="n"),
        keras.layers.Dense(1, name="b"),
    ]
    network = keras.Sequential([keras.Input((2,)), *layers])
    network.compile(keras.optimizers.SGD(0.0), "mse")
    return network


X = np.random.default_rng(0).normal(size=(8, 2)).astype("float32")
Y = np.zeros((8, 1), "float32")


def test_the_call_of_an_instance_is_the_one_that_runs_and_is_not_saved(tmp_path):
    network = model()
    expected = network(X).numpy()
    layer = network.get_layer("b")
    stock = layer.call
    layer.call = lambda inputs, training=None: stock(inputs) + 1.0
    np.testing.assert_allclose(network(X), expected + 1.0, rtol=1e-6)
    np.testing.assert_allclose(network.predict(X, verbose=0), expected + 1.0, rtol=1e-5)
    network.save(tmp_path / "model.keras")
    np.testing.assert_allclose(keras.saving.load_model(tmp_path / "model.keras")(X), expected, rtol=1e-6)


def test_a_regularizer_given_to_a_variable_later_counts_in_fit():
    network = model()
    before = network.fit(X, Y, batch_size=8, verbose=0).history["loss"][0]
    network.get_layer("a").kernel.regularizer = lambda value: keras.ops.sum(value * 0.0) + 5.0
    network.compile(keras.optimizers.SGD(0.0), "mse")
    np.testing.assert_allclose(network.fit(X, Y, batch_size=8, verbose=0).history["loss"][0], before + 5.0, rtol=1e-5)


def test_a_stateless_scope_replaces_values_and_holds_back_what_is_written():
    network = model()
    kernel, mean = network.get_layer("a").kernel, network.get_layer("n").moving_mean
    expected = network(X, training=True).numpy()
    mean.assign(keras.ops.zeros_like(mean))
    before = kernel.numpy()
    with keras.StatelessScope(state_mapping=[(kernel, kernel + 1.0)]) as scope:
        found = network(X, training=True)
    assert not np.allclose(found, expected, atol=1e-4) or np.allclose(kernel, before)
    assert scope.get_current_value(mean) is not None and not np.any(mean.numpy())
    np.testing.assert_array_equal(kernel, before)
