"""A small model with an encoder, and what the tests of monitors run it on."""

import keras
import numpy as np

from keras_transfer.objectives import BYOL, SimSiam


def encoder(features=4):
    """From 6 numbers; no batch norm, so that features are plain products."""
    inputs = keras.Input((6,))
    return keras.Model(inputs, keras.layers.Dense(features)(inputs), name="tiny")


def model(objective=SimSiam, **options):
    keras.utils.set_random_seed(3)
    pretrained = objective(encoder(), projection=(8, 6), **options)
    pretrained.compile(keras.optimizers.SGD(0.01))
    return pretrained


def teacher_model(**options):
    return model(BYOL, **options)


def samples(count, seed=0):
    """Three classes that a linear layer tells apart, mostly."""
    generator = np.random.default_rng(seed)
    labels = generator.integers(0, 3, count)
    return (np.eye(3, 6)[labels] + generator.normal(0, 0.4, (count, 6))).astype(np.float32), labels


def fit(pretrained, callbacks, epochs=2):
    """The history of a short training."""
    pairs = samples(8)[0], samples(8, seed=1)[0]
    return pretrained.fit(pairs, batch_size=8, epochs=epochs, verbose=0, callbacks=callbacks).history
