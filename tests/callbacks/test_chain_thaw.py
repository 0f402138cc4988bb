import numpy as np
import pytest

from keras_transfer.callbacks import ChainThaw
from tests.callbacks.resume_case import assert_same, run
from tests.callbacks.unfreeze_case import GROUPS, Watch, fit, make_data, make_model


def test_each_group_alone_then_all_together():
    model, watch = make_model(), Watch()
    history = fit(model, ChainThaw(at=[1, 2, 3], groups=GROUPS), watch, epochs=4)
    assert watch.epochs == [
        ["head"],
        ["stage1_dense"],
        ["stage2_dense"],
        ["head", "stage1_dense", "stage2_dense"],
    ]
    rates = np.array([history.history[f"unfreeze/rate_{index}"] for index in range(3)])
    np.testing.assert_array_equal(rates > 0, [[1, 0, 0, 1], [0, 0, 1, 1], [0, 1, 0, 1]])
    assert model.optimizer.clocks == [8, 8, 8]


def test_groups_by_depth_and_turns_that_start_together():
    model, watch = make_model(), Watch()
    fit(model, ChainThaw(at=[1, 1, 1]), watch, epochs=2)
    assert watch.epochs[0] == ["head"] and len(watch.epochs[1]) == 3


def test_resume(tmp_path):
    def build():
        x, y = make_data(32)
        return make_model(), {"x": x, "y": y, "batch_size": 8, "callbacks": [ChainThaw(at=[1, 2, 3], groups=GROUPS)]}

    quiet = run(build, tmp_path / "quiet", every=1, epochs=4)
    killed = run(build, tmp_path / "killed", [5, 4], every=1, epochs=4)
    assert_same(quiet, killed)
    assert killed[1].history["unfreeze/phase"] == [0, 1, 2, 3]


def test_starts_must_be_as_many_as_groups():
    with pytest.raises(ValueError, match="one start for each of 3 groups"):
        fit(make_model(), ChainThaw(at=[1, 2], groups=GROUPS))
