import keras
import numpy as np
import pytest

from keras_transfer.encoders import small_cnn
from keras_transfer.evaluation import ARMS, compare
from keras_transfer.finetuning import Budget
from tests.finetuning.test_finetune import task


@pytest.mark.slow
def test_five_ways_on_the_same_labels():
    keras.utils.set_random_seed(0)
    encoder = small_cnn((8, 8, 1), width=4)
    before = [value.copy() for value in encoder.get_weights()]
    lines = []
    budgets = {"finetuned": Budget(1e-2, 6), "scratch": Budget(1e-2, 6)}
    asked, test = [], task(40, seed=1)

    def all_right(seed):
        asked.append(seed)
        return test[1]

    found = compare(
        encoder,
        task(),
        test,
        classes=2,
        epochs=6,
        budgets=budgets,
        baselines={"by rule": all_right},
        seeds=2,
        say=lines.append,
        batch_size=8,
    )
    assert tuple(found["test"]) == ("majority", "by rule", *ARMS[1:])
    assert asked == [0, 1] and found["test"]["by rule"]["accuracy"]["seeds"] == [1.0, 1.0]
    assert found["test"]["majority"]["accuracy"]["mean"] == 0.5
    assert found["test"]["scratch"]["accuracy"]["seeds"][0] > 0.8
    assert np.sum(found["confusion"]) == 2 * 40
    assert found["budgets"]["scratch"] == {"learning_rate": 1e-2, "epochs": 6, "tried": ()}
    assert len(lines) == 5
    for old, new in zip(before, encoder.get_weights(), strict=True):
        np.testing.assert_array_equal(old, new)


def test_a_baseline_has_a_name_of_its_own():
    with pytest.raises(ValueError, match="Received: scratch"):
        compare(None, task(), task(), classes=2, epochs=1, baselines={"scratch": lambda seed: []})
