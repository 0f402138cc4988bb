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


def build(optimizer=lambda: keras.optimizers.AdamW(0.05), extra=(), callbacks=(), **compile):
    def make():
        keras.utils.set_random_seed(3)
        model = network(*[make_layer() for make_layer in extra])
        model.compile(optimizer(), "mse", metrics=["mae"], **compile)
        return model, {"x": dataset(), "callbacks": [make_callback() for make_callback in callbacks]}

    return make


def check(make, tmp_path, kills=(8, 3), every=2, **arguments):
    quiet = run(make, tmp_path / "quiet", every=every, **arguments)
    killed = run(make, tmp_path / "killed", kills, every=every, **arguments)
    assert_same(quiet, killed)
    return quiet, killed


@pytest.mark.parametrize("every", ["epoch", 1, 2, 3, 7])
def test_any_interval(tmp_path, every):
    check(build(), tmp_path, every=every)


@pytest.mark.parametrize("batches", range(1, 15))
def test_every_batch(tmp_path, batches):
    check(build(extra=[lambda: keras.layers.Dropout(0.5)]), tmp_path, kills=[batches])
