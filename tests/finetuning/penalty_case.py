"""A tanh layer under a linear head, for penalties on weights."""

import keras
import numpy as np


def network(seed=0, classes=3, **dense):
    keras.utils.set_random_seed(seed)
    inputs = keras.Input((4,))
    hidden = keras.layers.Dense(5, activation="tanh", name="body", **dense)(inputs)
    return keras.Model(inputs, keras.layers.Dense(classes, name="head")(hidden), name="network")


def data(rows=12):
    random = np.random.default_rng(0)
    return random.normal(size=(rows, 4)).astype("float32"), np.arange(rows) % 3


def compiled(model, rate=0.0):
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile(keras.optimizers.SGD(rate), loss)
    return model


def moved(model):
    """Shift all weights by known amounts."""
    random = np.random.default_rng(1)
    model.set_weights([value + random.normal(size=value.shape) for value in model.get_weights()])
