"""LARS and LAMB against plain NumPy loops written from the papers."""

import json

import keras
import numpy as np
import pytest
import tensorflow as tf

from keras_transfer.optimizers import LAMB, LARS, Grouped
from tests.replicas import mirrored

SHAPES = {"kernel": (4, 3), "bias": (3,)}
STEPS = 5


def values(seed):
    rng = np.random.default_rng(seed)
    return {name: rng.normal(size=shape).astype("float32") for name, shape in SHAPES.items()}


def run(optimizer, start):
    members = {name: keras.Variable(value, name=name) for name, value in start.items()}
    optimizer.build(list(members.values()))
    for step in range(STEPS):
        optimizer.apply([tf.constant(g) for g in values(10 + step).values()], list(members.values()))
    return {name: v.numpy() for name, v in members.items()}


def norm(x):
    total = 0.0
    for number in np.asarray(x, "float64").ravel():
        total += number * number
    return total**0.5


def lars(start, rate, momentum, decay, trust):
    weights = {name: value.astype("float64") for name, value in start.items()}
    velocity = {name: np.zeros(shape) for name, shape in SHAPES.items()}
    for step in range(STEPS):
        for name, gradient in values(10 + step).items():
            w, local = weights[name], 1.0
            if w.ndim >= 2:
                if norm(w) > 0 and norm(gradient) > 0:
                    local = trust * norm(w) / (norm(gradient) + decay * norm(w))
                gradient = gradient + decay * w
            velocity[name] = momentum * velocity[name] + rate * local * gradient
            weights[name] = w - velocity[name]
    return weights


def lamb(start, rate, decay, beta_1=0.9, beta_2=0.999, epsilon=1e-6):
    weights = {name: value.astype("float64") for name, value in start.items()}
    first = {name: np.zeros(shape) for name, shape in SHAPES.items()}
    second = {name: np.zeros(shape) for name, shape in SHAPES.items()}
    for step in range(STEPS):
        for name, gradient in values(10 + step).items():
            w, ratio = weights[name], 1.0
            first[name] = beta_1 * first[name] + (1 - beta_1) * gradient
            second[name] = beta_2 * second[name] + (1 - beta_2) * gradient**2
            update = first[name] / (1 - beta_1 ** (step + 1))
            update = update / (np.sqrt(second[name] / (1 - beta_2 ** (step + 1))) + epsilon)
            if w.ndim >= 2:
                update = update + decay * w
                if norm(w) > 0 and norm(update) > 0:
                    ratio = norm(w) / norm(update)
            weights[name] = w - rate * ratio * update
    return weights


def assert_close(mine, expected):
    for name in SHAPES:
        np.testing.assert_allclose(mine[name], expected[name], rtol=2e-5, atol=2e-6, err_msg=name)


@pytest.mark.parametrize("decay", [0.0, 0.1])
def test_lars_is_the_papers(decay):
    mine = run(LARS(0.5, momentum=0.8, weight_decay=decay, trust_coefficient=0.02), values(0))
    assert_close(mine, lars(values(0), 0.5, 0.8, decay, 0.02))


@pytest.mark.parametrize("decay", [0.0, 0.1])
def test_lamb_is_the_papers(decay):
    assert_close(run(LAMB(0.05, weight_decay=decay), values(0)), lamb(values(0), 0.05, decay))


def test_keras_lamb_is_another():
    """The reason for ours: Keras's adapts biases, and keeps decay out of the adaptive rate. Keras 3.15.1."""
    stock = run(keras.optimizers.Lamb(0.05, weight_decay=0.1, epsilon=1e-6), values(0))
    expected = lamb(values(0), 0.05, 0.1)
    assert all(np.abs(stock[name] - expected[name]).max() > 1e-3 for name in SHAPES)


@pytest.mark.parametrize("make", [lambda: LARS(0.1), lambda: LAMB(0.1)], ids=["lars", "lamb"])
class TestBoth:
    def test_zeros_stay_finite(self, make):
        for start, gradient in ((np.zeros((2, 2)), np.ones((2, 2))), (np.ones((2, 2)), np.zeros((2, 2)))):
            variable, optimizer = keras.Variable(start.astype("float32")), make()
            optimizer.apply([tf.constant(gradient, "float32")], [variable])
            assert np.isfinite(variable.numpy()).all()

    def test_size_of_the_gradient_does_not_matter(self, make):
        moved = []
        for scale in (1.0, 1000.0):
            variable, optimizer = keras.Variable(values(0)["kernel"]), make()
            optimizer.weight_decay = None
            optimizer.apply([tf.constant(values(1)["kernel"] * scale)], [variable])
            moved.append(variable.numpy())
        np.testing.assert_allclose(*moved, rtol=1e-4)

    def test_excluded_variable_does_not_decay(self, make):
        results = []
        for decay, exclude in ((0.5, True), (None, False), (0.5, False)):
            optimizer = make()
            optimizer.weight_decay = decay
            if exclude:
                optimizer.exclude_from_weight_decay(var_names=["kernel"])
            results.append(run(optimizer, values(0))["kernel"])
        np.testing.assert_allclose(results[0], results[1], rtol=1e-6)
        assert np.abs(results[2] - results[1]).max() > 1e-5

    def test_config_round_trip(self, make):
        config = json.loads(json.dumps(keras.saving.serialize_keras_object(make())))
        again = keras.saving.deserialize_keras_object(config)
        assert again.get_config() == make().get_config()

    def test_embedding(self, make):
        model = keras.Sequential(
            [keras.Input((2,), dtype="int32"), keras.layers.Embedding(5, 3), keras.layers.Flatten()]
        )
        model.compile(make(), "mse")
        before = model.get_weights()[0]
        model.fit(np.array([[0, 1], [1, 2]]), np.zeros((2, 6)), verbose=0)
        assert np.abs(model.get_weights()[0] - before).max() > 0

    def test_late_group_steps_as_under_a_fresh_one(self, make):
        early, late = keras.Variable(values(0)["kernel"]), keras.Variable(values(1)["kernel"])
        fresh = keras.Variable(values(1)["kernel"])
        grouped, own = Grouped(make(), [[early], [late]]), make()
        grouped.build([early, late])
        for step in range(6):
            gradient = tf.constant(values(10 + step)["kernel"])
            members = [early, late] if step >= 3 else [early]
            grouped.apply([gradient] * len(members), members)
            if step >= 3:
                own.apply([gradient], [fresh])
        np.testing.assert_allclose(late.numpy(), fresh.numpy(), atol=1e-6)

    def test_two_replicas_equal_one_device(self, make):
        results = []
        for strategy in (tf.distribute.get_strategy(), mirrored(2)):
            with strategy.scope():
                keras.utils.set_random_seed(0)
                model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(2)])
                model.compile(make(), "mse")
            x = np.random.default_rng(0).normal(size=(16, 3)).astype("float32")
            model.fit(x, x[:, :2], batch_size=8, shuffle=False, verbose=0)
            results.append(model.get_weights())
        for one, other in zip(*results, strict=True):
            np.testing.assert_allclose(one, other, atol=1e-6)


@pytest.mark.parametrize(
    ("make", "name"),
    [
        (lambda: LARS(momentum=1.0), "momentum"),
        (lambda: LARS(weight_decay=-1), "weight_decay"),
        (lambda: LARS(trust_coefficient=0), "trust_coefficient"),
        (lambda: LAMB(beta_1=1.0), "beta_1"),
        (lambda: LAMB(epsilon=0), "epsilon"),
        (lambda: LAMB(weight_decay=-1), "weight_decay"),
    ],
)
def test_arguments_out_of_range(make, name):
    with pytest.raises(ValueError, match=f"`{name}` must be .*Received: {name}="):
        make()
