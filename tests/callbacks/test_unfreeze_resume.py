"""`GradualUnfreeze` with `Resume`: killed anywhere and run again is the same as quiet, to the bit."""

import keras
import numpy as np
import pytest

from keras_transfer.callbacks import GradualUnfreeze
from tests.callbacks.resume_case import assert_same, run
from tests.callbacks.unfreeze_case import GROUPS, make_data, make_model

BATCHES = 4  # an epoch


def script(callback, optimizer=lambda: keras.optimizers.Nadam(1e-2), **compiled):
    def build():
        x, y = make_data(8 * BATCHES)
        arguments = {"x": x, "y": y, "batch_size": 8, "validation_data": (x, y), "callbacks": [callback()]}
        return make_model(optimizer, **compiled), arguments

    return build


def check(tmp_path, build, kills, every=1, epochs=4, position=-1):
    quiet = run(build, tmp_path / "quiet", every=every, epochs=epochs, position=position)
    killed = run(build, tmp_path / "killed", kills, every=every, epochs=epochs, position=position)
    assert_same(quiet, killed)
    assert quiet[0].optimizer.clocks == killed[0].optimizer.clocks
    return quiet[1].history


@pytest.mark.parametrize("position", [0, 1])
@pytest.mark.parametrize("kills", [[2, 5], [BATCHES, BATCHES]], ids=["within epochs", "as groups start"])
def test_by_epoch(tmp_path, kills, position):
    history = check(tmp_path, script(lambda: GradualUnfreeze(GROUPS, at=[1, 2])), kills, position=position)
    assert history["unfreeze/phase"] == [0, 1, 2, 2]


def test_by_step(tmp_path):
    history = check(tmp_path, script(lambda: GradualUnfreeze(GROUPS, at_steps=[3, 10])), [5, 4])
    assert history["unfreeze/phase"] == [1, 1, 2, 2]


def test_on_a_plateau(tmp_path):
    def callback():
        # Nothing improves by that much: a group starts after every two epochs.
        return GradualUnfreeze(GROUPS, monitor="val_loss", patience=2, min_delta=100.0)

    history = check(tmp_path, script(callback), [BATCHES + 2, BATCHES, 3], epochs=7)
    assert history["unfreeze/phase"] == [0, 0, 0, 1, 1, 1, 2]


@pytest.mark.parametrize(
    "options",
    [{"use_ema": True, "ema_momentum": 0.8}, {"gradient_accumulation_steps": 3}],
    ids=["averaged", "accumulated"],
)
def test_with_state_of_the_optimizer_itself(tmp_path, options):
    build = script(lambda: GradualUnfreeze(GROUPS, at=[1, 2]), lambda: keras.optimizers.AdamW(1e-2, **options))
    check(tmp_path, build, [BATCHES + 1, 2])


def test_under_mixed_float16(tmp_path):
    policy = keras.mixed_precision.dtype_policy()
    keras.mixed_precision.set_dtype_policy("mixed_float16")
    try:
        build = script(lambda: GradualUnfreeze(GROUPS, at=[1, 2]))
        quiet = run(build, tmp_path / "quiet", every=1)
        killed = run(build, tmp_path / "killed", [BATCHES + 1], every=1)
    finally:
        keras.mixed_precision.set_dtype_policy(policy)
    assert_same(quiet, killed)
    assert all(np.isfinite(weight).all() for weight in killed[0].get_weights())
