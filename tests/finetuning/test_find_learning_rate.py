import keras
import numpy as np
import pytest
import tensorflow as tf

from keras_transfer.callbacks import model_state
from keras_transfer.finetuning import find_learning_rate
from keras_transfer.optimizers import Grouped, WarmupCosine
from tests.replicas import mirrored


def data(rows=64):
    x = np.random.default_rng(0).normal(size=(rows, 4)).astype("float32")
    return x, (x @ [[1.0], [-2.0], [0.5], [0.0]]).astype("float32")


def model(optimizer):
    keras.utils.set_random_seed(0)
    layers = [keras.layers.Dense(8, activation="relu", name="a"), keras.layers.BatchNormalization(name="n")]
    network = keras.Sequential(
        [keras.Input((4,)), *layers, keras.layers.Dropout(0.1), keras.layers.Dense(1, name="head")]
    )
    network.compile(optimizer(network), "mse", metrics=["mae"])
    return network


def state(network):
    values = model_state.read(model_state.state_variables(network))
    return [values[kind] for kind in ("model", "optimizer", "other")]


def assert_same(before, after):
    for one, other in zip(before, after, strict=True):
        assert all(np.array_equal(a, b) for a, b in zip(one, other, strict=True))


OPTIMIZERS = {
    "adam": lambda network: keras.optimizers.Adam(1e-3),
    "schedule": lambda network: keras.optimizers.SGD(WarmupCosine(1e-3, 100, 10), momentum=0.9),
    "grouped": lambda network: Grouped(
        keras.optimizers.Adam(1e-3), [[network.get_layer("head")], [network.get_layer("a")], [network.get_layer("n")]]
    ),
}


@pytest.mark.parametrize("name", OPTIMIZERS)
@pytest.mark.parametrize("trained", [False, True], ids=["fresh", "trained"])
def test_all_is_as_it_was(name, trained):
    network, (x, y) = model(OPTIMIZERS[name]), data()
    if trained:
        network.fit(x, y, batch_size=16, epochs=1, shuffle=False, verbose=0)
    before, optimizer, built = state(network), network.optimizer, network.optimizer.built
    curve = find_learning_rate(network, x, y, steps=30, batch_size=16)
    assert len(set(curve.losses)) > 10 and curve.losses[-1] != curve.losses[0]
    assert network.optimizer is optimizer and optimizer.built == built
    assert_same(before, state(network))
    # And goes on as it would have.
    other = model(OPTIMIZERS[name])
    runs = [
        (other, [1, 1] if trained else [1]),
        (network, [1]),
    ]
    losses = [
        [net.fit(x, y, batch_size=16, shuffle=False, verbose=0).history["loss"] for _ in fits][-1] for net, fits in runs
    ]
    assert losses[0] == losses[1]


def test_suggestion_is_where_a_known_loss_falls_fastest(tmp_path):
    # Plain gradient descent on w^2 / 2 multiplies w by 1 - rate: nothing happens at small rates, beyond 2 it diverges.
    network = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1, use_bias=False, kernel_initializer="ones")])
    network.compile(keras.optimizers.SGD(1.0), lambda true, out: 0.5 * keras.ops.square(out))
    x = np.ones((8, 1), "float32")
    curve = find_learning_rate(
        network, x, x, lowest=1e-5, highest=30.0, steps=60, plot=tmp_path / "rate.png", batch_size=8
    )
    assert 0.005 < curve.suggestion < 1.0
    assert curve.rates[-1] < 30 and curve.smoothed[-1] > 4 * min(curve.smoothed)
    weight, expected = 1.0, []
    for rate in curve.rates:
        expected.append(0.5 * weight**2)
        weight *= 1 - rate
    np.testing.assert_allclose(curve.losses, expected, rtol=1e-3, atol=1e-6)
    assert (tmp_path / "rate.png").read_bytes().startswith(b"\x89PNG")


def test_datasets_and_replicas():
    x, y = data()
    with mirrored(2).scope():
        network = model(OPTIMIZERS["adam"])
    before = state(network)
    curve = find_learning_rate(network, tf.data.Dataset.from_tensor_slices((x, y)).batch(16), steps=12)
    assert len(curve.rates) == 12
    assert_same(before, state(network))


def test_an_error_undoes_it_too():
    network, (x, y) = model(OPTIMIZERS["adam"]), data()
    before, rate = state(network), network.optimizer.learning_rate
    dataset = tf.data.Dataset.from_tensor_slices((x, y[:, 0])).batch(16).take(2)
    broken = dataset.concatenate(dataset.map(lambda a, b: (a, tf.debugging.check_numerics(b / 0.0, "broken"))))
    with pytest.raises(tf.errors.InvalidArgumentError):
        find_learning_rate(network, broken, steps=20)
    assert_same(before, state(network))
    assert network.optimizer.learning_rate is rate


@pytest.mark.parametrize(
    ("arguments", "message"),
    [(dict(lowest=0), "lowest=0"), (dict(steps=3), "steps=3"), (dict(lowest=2.0), "highest=1.0")],
)
def test_wrong_arguments_are_named(arguments, message):
    with pytest.raises(ValueError, match=message):
        find_learning_rate(model(OPTIMIZERS["adam"]), *data(), **arguments)


def test_model_must_be_compiled():
    with pytest.raises(ValueError, match="built and compiled"):
        find_learning_rate(keras.Sequential([keras.Input((1,)), keras.layers.Dense(1)]), *data())
