"""Losses that go through large products a tile of rows at a time, compiled by XLA: the plain losses, to 1e-5."""

import sys

import numpy as np
import pytest
import tensorflow as tf

from keras_transfer.losses import (
    CLIPLoss,
    DCLLoss,
    InfoNCE,
    NTXent,
    SigLIPLoss,
    SupConLoss,
    row_tiles,
    vocabulary_cross_entropy,
)

ROWS = 40


def rows(seed):
    return tf.constant(np.random.default_rng(seed).normal(size=(ROWS, 4)), tf.float32)


def classes():
    return tf.constant(np.random.default_rng(2).integers(-1, 3, ROWS))


LOSSES = {
    "nt_xent": lambda x: NTXent(reduction=None)(rows(1), x),
    "dcl": lambda x: DCLLoss(reduction=None)(rows(1), x),
    "info_nce": lambda x: InfoNCE(reduction=None)(rows(1), x),
    "sup_con": lambda x: SupConLoss(reduction=None)(classes(), tf.stack([x, rows(1)], axis=1)),
    "clip": lambda x: CLIPLoss(reduction=None)(rows(1), x),
    "siglip": lambda x: SigLIPLoss(reduction=None)(rows(1), x),
    "vocabulary": lambda x: vocabulary_cross_entropy(x, rows(1), classes(), label_smoothing=0.1, z_loss=0.1)[0],
}


def value_and_gradient(loss, shares, how):
    def run():
        x = rows(0)
        with tf.GradientTape() as tape:
            tape.watch(x)
            values = loss(x)
            total = tf.reduce_sum(values * shares)
        return values, tape.gradient(total, x)

    return tf.function(run, jit_compile=how == "xla")() if how else run()


@pytest.mark.parametrize("how", [None, "graph", "xla"])
@pytest.mark.parametrize("name", LOSSES)
@pytest.mark.parametrize("even", [True, False], ids=["mean", "weighted"])
def test_tiles_of_any_loss_give_the_plain_one(name, how, even, monkeypatch):
    shares = np.full(ROWS, 1 / ROWS, np.float32) if even else np.random.default_rng(3).random(ROWS, np.float32)
    expected = value_and_gradient(LOSSES[name], shares, None)
    # By its path: the package has a function of that name.
    vocabulary = sys.modules["keras_transfer.losses.vocabulary_cross_entropy"]
    monkeypatch.setattr(row_tiles, "TILE_NUMBERS", 8 * 3 * ROWS)  # tiles of three rows, the last of one
    monkeypatch.setattr(vocabulary, "WHOLE_NUMBERS", 0)
    monkeypatch.setattr(vocabulary, "TILE_NUMBERS", 3 * ROWS)
    for found, plain in zip(value_and_gradient(LOSSES[name], shares, how), expected, strict=True):
        np.testing.assert_allclose(found, plain, atol=1e-5)
