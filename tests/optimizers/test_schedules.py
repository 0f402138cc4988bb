"""Schedules against plain Python written from the papers."""

import json
import math

import keras
import numpy as np
import pytest

from keras_transfer.optimizers import OneCycle, SlantedTriangular, WarmupCosine

TOTAL = 40


def warmup_cosine(t, peak=0.5, warm=8, start=0.1, end=0.05):
    if t < warm:
        return start + (peak - start) * t / warm
    done = min((t - warm) / (TOTAL - warm), 1)
    return end + (peak - end) * (1 + math.cos(math.pi * done)) / 2


def slanted(t, peak=0.5, cut_frac=0.1, ratio=32):
    cut = math.floor(TOTAL * cut_frac)
    p = t / cut if t < cut else 1 - (t - cut) / (cut * (1 / cut_frac - 1))
    return peak * (1 + max(p, 0) * (ratio - 1)) / ratio


def one_cycle(t, peak=0.5, rise=0.25):
    done = min(t / TOTAL, 1)
    if done < rise:
        low, high, along = peak / 25, peak, done / rise
    else:
        low, high, along = peak, peak / 1e5, (done - rise) / (1 - rise)
    return high + (low - high) * (1 + math.cos(math.pi * along)) / 2


SCHEDULES = {
    "warmup_cosine": (lambda: WarmupCosine(0.5, TOTAL, 8, start=0.1, end=0.05), warmup_cosine),
    "slanted": (lambda: SlantedTriangular(0.5, TOTAL), slanted),
    "one_cycle": (lambda: OneCycle(0.5, TOTAL), one_cycle),
}


@pytest.mark.parametrize("name", SCHEDULES)
def test_every_step_and_beyond_the_last(name):
    make, expected = SCHEDULES[name]
    got = [float(make()(np.int64(t))) for t in range(TOTAL + 10)]
    np.testing.assert_allclose(got, [expected(t) for t in range(TOTAL + 10)], rtol=1e-5, atol=1e-7)
    assert max(got) == pytest.approx(0.5) and got[TOTAL] == pytest.approx(got[-1]) and np.argmax(got) < TOTAL / 2


@pytest.mark.parametrize("name", SCHEDULES)
def test_saved_with_a_model(name, tmp_path):
    make = SCHEDULES[name][0]
    config = json.loads(json.dumps(keras.saving.serialize_keras_object(make())))
    assert keras.saving.deserialize_keras_object(config).get_config() == make().get_config()
    model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])
    model.compile(keras.optimizers.SGD(make()), "mse")
    model.fit(np.ones((6, 2)), np.ones((6, 1)), batch_size=2, verbose=0)
    model.save(tmp_path / "model.keras")
    again = keras.models.load_model(tmp_path / "model.keras").optimizer
    assert float(again.learning_rate) == pytest.approx(SCHEDULES[name][1](3), rel=1e-5)


def test_no_warmup_starts_at_the_peak():
    assert float(WarmupCosine(0.5, TOTAL)(0)) == 0.5


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: WarmupCosine(0, 10), "`peak` must be > 0"),
        (lambda: WarmupCosine(1, 0), "`total_steps` must be > 0"),
        (lambda: WarmupCosine(1, 10, 10), r"`warmup_steps` must be in \[0, total_steps\)"),
        (lambda: WarmupCosine(1, 10, end=-1), "`start` and `end` must be >= 0"),
        (lambda: SlantedTriangular(1, 10, cut_frac=1), "`cut_frac` must be between 0 and 1"),
        (lambda: SlantedTriangular(1, 10, ratio=0.5), "`ratio` must be >= 1"),
        (lambda: SlantedTriangular(1, 5), "at least one step"),
        (lambda: OneCycle(1, 10, rise=0), "`rise` must be between 0 and 1"),
        (lambda: OneCycle(1, 10, end_divisor=0), "`end_divisor` must be > 0"),
    ],
)
def test_arguments_out_of_range(make, message):
    with pytest.raises(ValueError, match=message):
        make()
