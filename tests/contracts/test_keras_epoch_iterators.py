"""What `data.set_epoch` leans on and Keras does not document; seen with keras 3.15.1.

Before training `fit` may take batches from an iterator that it throws away, and it makes a spare iterator at the end of each
epoch. It must not take the first batch of an epoch before `on_epoch_begin`, nor start a spare iterator without using it.
"""

import contextlib

import keras
import numpy as np
import pytest
import tensorflow as tf

from keras_transfer import data
from keras_transfer.data.batches import sample_order
from tests.replicas import mirrored


class Recorder(keras.Model):
    """Keeps the rows that each training step saw, in order."""

    def __init__(self, length):
        super().__init__()
        self.seen = self.add_weight(shape=(length,), dtype="int64", trainable=False, aggregation="none")
        self.scale = self.add_weight(shape=(), initializer="ones")

    def call(self, x):
        return self.scale * x

    def train_step(self, batch):
        rows = tf.cast(keras.tree.flatten(batch)[0], tf.int64)
        context = tf.distribute.get_replica_context()
        if context.num_replicas_in_sync > 1:
            rows = context.all_gather(rows, 0)
        self.seen.assign(tf.concat([self.seen[tf.shape(rows)[0] :], rows], 0))
        return {"loss": tf.zeros(())}


class SetEpoch(keras.callbacks.Callback):
    def __init__(self, first=0):
        super().__init__()
        self.first = first
        self.epochs = []

    def on_epoch_begin(self, epoch, logs=None):
        data.set_epoch(self.first + epoch)

    def on_epoch_end(self, epoch, logs=None):
        self.epochs.append(np.asarray(self.model.seen.value).tolist())


@pytest.mark.parametrize("with_build", [False, True])
@pytest.mark.parametrize("devices", [0, 1, 2])
def test_set_epoch_at_epoch_begin_decides_what_fit_reads(devices, with_build):
    scope = contextlib.nullcontext()
    if devices:
        scope = mirrored(devices).scope()
    with scope:
        model = Recorder(12)
        model.compile("sgd", run_eagerly=False)
        if with_build:
            model(np.zeros((4,), "float32"))
        callback = SetEpoch(first=5)
        model.fit(data.batches(np.arange(12), 4, seed=1), epochs=3, verbose=0, callbacks=[callback])
    assert callback.epochs == [sample_order(1, epoch, 12, 12).tolist() for epoch in (5, 6, 7)]


def test_without_any_callback_every_epoch_differs():
    model = Recorder(12)
    model.compile("sgd")
    callback = SetEpoch()
    callback.on_epoch_begin = lambda epoch, logs=None: None
    model.fit(data.batches(np.arange(12), 4, seed=1), epochs=4, verbose=0, callbacks=[callback])
    assert len({tuple(epoch) for epoch in callback.epochs}) == 4
