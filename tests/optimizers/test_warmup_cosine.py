import math

import keras
import pytest

from keras_transfer.optimizers import WarmupCosine


def slow(step, peak, total, warmup, final):
    if step < warmup:
        return peak * (step + 1) / (warmup + 1)
    done = min(1.0, (step - warmup) / (total - warmup))
    return peak * (final + (1 - final) * (1 + math.cos(math.pi * done)) / 2)


@pytest.mark.parametrize(("warmup", "final"), [(0, 0.0), (9, 0.0), (5, 0.1)])
def test_is_the_formula(warmup, final):
    schedule = WarmupCosine(0.3, 50, warmup, final)
    for step in (0, 1, 4, 5, 9, 25, 49, 50, 1000):
        assert float(schedule(step)) == pytest.approx(slow(step, 0.3, 50, warmup, final), abs=1e-6)


def test_round_trip_in_an_optimizer():
    optimizer = keras.optimizers.Adam(WarmupCosine(0.3, 50, 5))
    loaded = keras.optimizers.deserialize(keras.optimizers.serialize(optimizer))
    assert float(loaded.learning_rate) == pytest.approx(float(optimizer.learning_rate))


@pytest.mark.parametrize(
    ("arguments", "message"),
    [((0, 10), "peak=0"), ((1, 0), "total_steps=0"), ((1, 10, 10), "warmup_steps=10"), ((1, 10, 0, 2), "final=2")],
)
def test_bad_arguments_are_named(arguments, message):
    with pytest.raises(ValueError, match=message):
        WarmupCosine(*arguments)
