"""A small classifier with an encoder in it, its data, and what moved."""

import contextlib

import keras
import numpy as np

from keras_transfer.callbacks import GradualUnfreeze

GROUPS = ("head", "stage2*", "*")


def make_model(optimizer=None, strategy=None, seed=7, **compiled):
    """Input, an encoder with two stages of Dense and batch norm, Dropout, a Dense head."""
    with strategy.scope() if strategy else contextlib.nullcontext():
        keras.utils.set_random_seed(seed)
        inputs = outputs = keras.Input((6,))
        for stage in (1, 2):
            outputs = keras.layers.Dense(5, name=f"stage{stage}_dense")(outputs)
            outputs = keras.layers.BatchNormalization(name=f"stage{stage}_norm")(outputs)
            outputs = keras.layers.Activation("tanh")(outputs)
        encoder = keras.Model(inputs, outputs, name="encoder")
        inputs = keras.Input((6,))
        outputs = keras.layers.Dropout(0.2, seed=1)(encoder(inputs))
        model = keras.Model(inputs, keras.layers.Dense(2, name="head")(outputs), name="classifier")
        if callable(optimizer):
            optimizer = optimizer()
        loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
        model.compile(optimizer or keras.optimizers.AdamW(1e-2), loss, **compiled)
    return model


def make_data(rows=32):
    rng = np.random.default_rng(0)
    x = rng.normal(size=(rows, 6)).astype("float32")
    return x, (x[:, 0] + x[:, 1] > 0).astype("int32")


def unfreeze(at=(1, 2), **options):
    return GradualUnfreeze(GROUPS, at=at, **options)


def fit(model, *callbacks, epochs=3, first=0, rows=32, **options):
    x, y = make_data(rows)
    options = {"batch_size": 8, "shuffle": False, "verbose": 0} | options
    return model.fit(x, y, epochs=epochs, initial_epoch=first, callbacks=list(callbacks), **options)


def snapshot(model):
    return {v.path: v.numpy() for v in model.variables if "seed" not in v.path}


def moved(model, before):
    """Layers of which anything, statistics included, has changed."""
    after = snapshot(model)
    return sorted({path.split("/")[-2] for path, value in before.items() if not np.array_equal(value, after[path])})


class Watch(keras.callbacks.Callback):
    """Which layers moved in each epoch."""

    def on_train_begin(self, logs=None):
        self.epochs = []

    def on_epoch_begin(self, epoch, logs=None):
        self.before = snapshot(self.model)

    def on_epoch_end(self, epoch, logs=None):
        self.epochs.append(moved(self.model, self.before))
