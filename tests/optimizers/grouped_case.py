"""Optimizers, variables with made-up gradients, and a small model for tests of `Grouped`."""

import keras
import numpy as np
import tensorflow as tf

RATE = 0.05
OPTIMIZERS = {
    "sgd": lambda **options: keras.optimizers.SGD(RATE, **options),
    "momentum": lambda **options: keras.optimizers.SGD(RATE, momentum=0.9, nesterov=True, **options),
    "adam": lambda **options: keras.optimizers.Adam(RATE, **options),
    "amsgrad": lambda **options: keras.optimizers.Adam(RATE, amsgrad=True, **options),
    "adamw": lambda **options: keras.optimizers.AdamW(RATE, weight_decay=0.1, **options),
    "nadam": lambda **options: keras.optimizers.Nadam(RATE, **options),
    "adamax": lambda **options: keras.optimizers.Adamax(RATE, **options),
    "adagrad": lambda **options: keras.optimizers.Adagrad(RATE, **options),
    "adadelta": lambda **options: keras.optimizers.Adadelta(RATE, **options),
    "rmsprop": lambda **options: keras.optimizers.RMSprop(RATE, momentum=0.5, centered=True, **options),
    "ftrl": lambda **options: keras.optimizers.Ftrl(RATE, **options),
    "lion": lambda **options: keras.optimizers.Lion(RATE, weight_decay=0.1, **options),
    "lamb": lambda **options: keras.optimizers.Lamb(RATE, weight_decay=0.1, **options),
    "adafactor": lambda **options: keras.optimizers.Adafactor(RATE, **options),
    "muon": lambda **options: keras.optimizers.Muon(RATE, weight_decay=0.1, exclude_layers=["bias"], **options),
    "schedule_free": lambda **options: keras.optimizers.ScheduleFreeAdamW(RATE, **options),
}


def variables(seed=0):
    rng = np.random.default_rng(seed)
    shapes = {"early": (3, 4), "early_bias": (4,), "late": (4, 2), "late_bias": (2,)}
    return [keras.Variable(rng.normal(size=shape).astype("float32"), name=name) for name, shape in shapes.items()]


def gradients(members, step):
    rng = np.random.default_rng(100 + step)
    everything = {v.name: rng.normal(size=v.shape).astype("float32") for v in variables()}
    return [tf.constant(everything[v.name]) for v in members]


def run(optimizer, members, steps):
    for step in steps:
        optimizer.apply(gradients(members, step), members)
    return [v.numpy() for v in members]


def assert_same(one, other, **tolerance):
    for a, b in zip(one, other, strict=True):
        np.testing.assert_allclose(a, b, **({"rtol": 1e-6, "atol": 1e-6} | tolerance))


def small_model(strategy=None):
    def make():
        keras.utils.set_random_seed(3)
        return keras.Sequential(
            [keras.Input((5,)), keras.layers.Dense(4, activation="tanh"), keras.layers.Dense(1, name="head")]
        )

    if strategy is None:
        return make()
    with strategy.scope():
        return make()


def data(rows=24):
    rng = np.random.default_rng(0)
    x = rng.normal(size=(rows, 5)).astype("float32")
    return x, x.sum(1, keepdims=True)


def fit(model, epochs=2, **options):
    model.fit(*data(), batch_size=8, epochs=epochs, shuffle=False, verbose=0, **options)
    return model.get_weights()
