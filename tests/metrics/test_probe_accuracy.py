import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedKFold

from keras_transfer.metrics import probe_accuracy

RNG = np.random.default_rng(0)
LABELS = np.array(["a", "b", "c"])[np.arange(45) % 3]


def test_it_is_the_best_of_the_cross_validated_strengths():
    features = RNG.normal(size=(45, 4)) + (LABELS == "a")[:, None]
    scaled = ((features - features.mean(0)) / features.std(0)).astype(np.float32)
    found = []
    for strength in (0.001, 0.01, 0.1, 1.0, 10.0):
        right = []
        for train, held in StratifiedKFold(5, shuffle=True, random_state=3).split(scaled, LABELS):
            model = LogisticRegression(C=strength, max_iter=2000).fit(scaled[train], LABELS[train])
            right.append(np.mean(model.predict(scaled[held]) == LABELS[held]))
        found.append(np.mean(right))
    assert probe_accuracy(features, LABELS, seed=3) == pytest.approx(max(found), abs=1e-6)


def test_a_class_of_one_is_named():
    with pytest.raises(ValueError, match="one of 'z'"):
        probe_accuracy(RNG.normal(size=(5, 2)), ["a", "a", "b", "b", "z"])
