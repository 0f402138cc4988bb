import numpy as np
import pytest

from keras_transfer.evaluation import scores, summary


def test_accuracy_and_macro_f1_are_over_the_whole_set():
    # Class 0: precision 2/3, recall 2/2; class 1: precision 1/1, recall 1/2; class 2: never right.
    found = scores([0, 0, 1, 1, 2], [0, 0, 1, 0, 1])
    assert found["accuracy"] == pytest.approx(3 / 5)
    assert found["macro_f1"] == pytest.approx((0.8 + 0.5 + 0.0) / 3)


def test_logits_are_taken_too():
    assert scores([1, 0], np.array([[0.1, 0.9], [2.0, -1.0]]))["accuracy"] == 1.0


def test_diverged_logits_are_named():
    with pytest.raises(ValueError, match="diverged"):
        scores([0, 1], np.array([[np.nan, 0.0], [0.0, 1.0]]))


def test_lengths_must_agree():
    with pytest.raises(ValueError, match="2 labels and 3 predictions"):
        scores([0, 1], [0, 1, 1])


def test_summary_keeps_the_seeds():
    table = summary([{"accuracy": 0.5}, {"accuracy": 0.7}])
    assert table["accuracy"]["seeds"] == [0.5, 0.7]
    assert table["accuracy"]["std"] == pytest.approx(np.std([0.5, 0.7], ddof=1))
