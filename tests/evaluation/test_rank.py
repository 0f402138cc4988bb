import keras
import numpy as np
import pytest

from keras_transfer.encoders import small_cnn
from keras_transfer.evaluation import RANKED_BY, rank
from keras_transfer.metrics import log_me, probe_accuracy
from keras_transfer.transfer import features

RNG = np.random.default_rng(0)
Y = np.array(["a", "b", "c"])[np.arange(60) % 3]
X = RNG.normal(size=(60, 6)).astype(np.float32)
X[:, :3] += 2 * np.eye(3)[np.arange(60) % 3]


def keeping(*columns):
    kernel = np.eye(6, dtype=np.float32)[:, list(columns)]
    return keras.Sequential(
        [keras.Input((6,)), keras.layers.Dense(len(columns), kernel_initializer=lambda shape, dtype: kernel)]
    )


def test_what_tells_classes_apart_comes_first_by_every_score():
    table = rank({"noise": keeping(3, 4, 5), "half": keeping(0, 3, 4), "whole": keeping(0, 1, 2)}, X, Y, by="log_me")
    assert [row["rank"] for row in table] == [1, 2, 3] and table[0]["width"] == 3 and table[0]["parameters"] == 21
    for score in RANKED_BY:
        values = [row[score] for row in table]
        assert [row["name"] for row in table] == ["whole", "half", "noise"] and values == sorted(values)[::-1], score
    found = features(keeping(0, 1, 2), X)
    assert table[0]["log_me"] == pytest.approx(log_me(found, Y))
    assert table[0]["probe"] == pytest.approx(probe_accuracy(found, Y))


def test_layers_of_one_encoder():
    images = RNG.random((24, 16, 16, 1)).astype(np.float32)
    encoder = small_cnn((16, 16, 1), width=4)
    lines = []
    table = rank({"cnn": encoder}, images, np.arange(24) % 2, layers=True, say=lines.append)
    assert {row["name"]: row["width"] for row in table} == {"stage1": 4, "stage2": 8, "stage3": 16}
    assert len(lines) == 3
    (only,) = rank({"cnn": encoder}, images, np.arange(24) % 2, layers=["stage2_relu1"])
    assert only["layer"] == "stage2_relu1"


def test_many_samples_are_thinned_class_by_class():
    few = rank({"whole": keeping(0, 1, 2)}, X, Y, most=12)
    assert few[0]["probe"] != rank({"whole": keeping(0, 1, 2)}, X, Y)[0]["probe"]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (dict(by="leap"), "by='leap'"),
        (dict(encoders={}), "empty"),
        (dict(y=Y[:50]), "60 samples, labels of shape \\(50,\\)"),
        (dict(y=["a"] * 59 + ["b"]), "rarest with 1"),
        (dict(layers=True, encoders={"a": keeping(0), "b": keeping(1)}), "2 encoders"),
        (dict(x=X + np.float32(np.nan)), "gives NaN or infinity for 60"),
    ],
)
def test_bad_input_is_named(change, message):
    with pytest.raises(ValueError, match=message):
        rank(**{"encoders": {"one": keeping(0)}, "x": X, "y": Y, **change})
