import keras
import numpy as np
import pytest
import tensorflow as tf

from tests.callbacks.resume_case import assert_same, run


def data(batches=5, batch=4, features=6, seed=0):
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(batches * batch, features)).astype(np.float32)
    return x, (x.sum(1, keepdims=True) > 0).astype(np.float32)


def dataset():
    return tf.data.Dataset.from_tensor_slices(data()).batch(4)


def network(*extra):
    return keras.Sequential([keras.Input((6,)), keras.layers.Dense(8, "relu"), *extra, keras.layers.Dense(1)])


def build(optimizer=lambda: keras.optimizers.AdamW(0.05), extra=(), callbacks=(), fit=dict, **compile):
    def make():
        keras.utils.set_random_seed(3)
        model = network(*[make_layer() for make_layer in extra])
        model.compile(optimizer(), "mse", metrics=["mae"], **compile)
        return model, {"x": dataset(), "callbacks": [make_callback() for make_callback in callbacks], **fit()}

    return make


def check(make, tmp_path, kills=(4, 3), every=2, **arguments):
    quiet = run(make, tmp_path / "quiet", every=every, **arguments)
    killed = run(make, tmp_path / "killed", kills, every=every, **arguments)
    assert_same(quiet, killed)
    return quiet, killed


@pytest.mark.parametrize("every", ["epoch", 1, 3])
def test_any_interval(tmp_path, every):
    check(build(), tmp_path, every=every)


@pytest.mark.parametrize("batches", [1, 4, 5, 6, 14])
def test_every_batch(tmp_path, batches):
    check(build(extra=[lambda: keras.layers.Dropout(0.5)]), tmp_path, kills=[batches], every=1)


SETUPS = {
    "dropout and noise": build(extra=[lambda: keras.layers.Dropout(0.3), lambda: keras.layers.GaussianNoise(0.1)]),
    "unseeded shuffle with a global seed": build(fit=lambda: {"x": dataset().unbatch().shuffle(20).batch(4)}),
    "seeded shuffle": build(fit=lambda: {"x": dataset().unbatch().shuffle(20, seed=1).batch(4)}),
    "shuffled stream": build(
        fit=lambda: {"x": dataset().unbatch().shuffle(20, seed=1).repeat().batch(4), "steps_per_epoch": 5}
    ),
    "stream longer than an epoch": build(fit=lambda: {"x": dataset(), "steps_per_epoch": 3}),
    "unknown cardinality": build(fit=lambda: {"x": dataset().filter(lambda x, y: True)}),
    "arrays": build(fit=lambda: dict(zip("xy", data(), strict=True)) | {"batch_size": 4}),
}


@pytest.mark.parametrize("setup", SETUPS)
@pytest.mark.filterwarnings("ignore:Your input ran out of data")
def test_setup(setup, tmp_path):
    check(SETUPS[setup], tmp_path)
