"""The bytes that `benchmarks.scaling` counts, against those counted by hand."""

import keras
import pytest
import tensorflow as tf

from benchmarks.scaling import Traffic, count, traffic
from keras_transfer.encoders import text_transformer
from keras_transfer.objectives import MaskedLM, SimCLR
from tests.replicas import mirrored

WIDTH, HIDDEN, OUT, BATCH = 6, 16, 8, 3
FLOAT = 4


def simclr():
    encoder = keras.Sequential([keras.Input((5,)), keras.layers.Dense(WIDTH)])
    objective = SimCLR(encoder, projection=(HIDDEN, OUT))
    objective.compile("sgd", jit_compile=False)
    return objective, lambda batch: (tf.TensorSpec((batch, 5)), tf.TensorSpec((batch, 5)))


def test_simclr_by_hand():
    found = traffic(simclr, BATCH, (mirrored(2), mirrored(4)))
    encoder = 5 * WIDTH + WIDTH
    projector = WIDTH * HIDDEN + 2 * HIDDEN + HIDDEN * OUT + OUT  # a batch norm in the place of the first bias
    assert found.gradients == FLOAT * (encoder + projector)
    # The batch norm adds up count, sum and squares on the way there, two of them on the way back; the loss its count, twice.
    assert found.rest == FLOAT * (5 * HIDDEN + 2)
    # Both views of every sample go to everybody, and what everybody's loss says of them comes back.
    assert found.gathered_per_sample == found.per_whole == FLOAT * 2 * OUT
    assert found.per_sample == 0


def test_embeddings_are_added_up_and_not_gathered():
    def masked_lm():
        objective = MaskedLM(text_transformer(50, 6, layers=1, heads=2, width=8), mask_id=4, special_ids=range(5))
        objective.compile("sgd", jit_compile=False)
        return objective, lambda batch: tf.TensorSpec((batch, 6), tf.int32)

    found = count(masked_lm, 2, mirrored(2))
    assert found.gathered == 0
    assert found.reduced == found.gradients + 2 * FLOAT  # the number of hidden tokens, for the loss and to show it


def test_prediction():
    one = Traffic(gradients=800, rest=200, per_sample=0, per_whole=10, gathered=0, gathered_per_sample=5, collectives=3)
    assert one.reduced_bytes(4, 2) == 1000 + 4 * 2 * 10
    assert one.gathered_bytes(4, 2) == 4 * 2 * 5
    sent = 2 * 0.75 * 1080 + 0.75 * 40
    assert one.seconds(4, 2, step=1.0, bandwidth=1000.0, latency=0.1) == pytest.approx(1 + sent / 1000 + 0.3)
    assert one.seconds(1, 2, step=1.0, bandwidth=1000.0, latency=0.1) == 1.0
