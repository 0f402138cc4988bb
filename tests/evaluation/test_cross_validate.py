import keras
import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedKFold
from sklearn.preprocessing import StandardScaler

from keras_transfer.evaluation import cross_validate
from keras_transfer.transfer import features

RNG = np.random.default_rng(0)
Y = np.arange(30) % 3
X = (RNG.normal(size=(30, 5)) + 1.5 * np.eye(3, 5)[Y]).astype(np.float32)


def encoder():
    keras.utils.set_random_seed(0)
    return keras.Sequential([keras.Input((5,)), keras.layers.Dense(4)], name="encoder")


def test_every_sample_is_predicted_by_a_probe_that_has_not_seen_it():
    found = cross_validate(encoder(), X, Y, 3, "probe", folds=3, repeats=2)
    inputs, right = features(encoder(), X), np.zeros(30, bool)
    for train, held in StratifiedKFold(3, shuffle=True, random_state=0).split(X, Y):
        scaler = StandardScaler().fit(inputs[train])
        # The strength that the probe chooses is one of these; a sample it had seen would come out otherwise.
        probabilities = [
            LogisticRegression(C=strength, max_iter=2000)
            .fit(scaler.transform(inputs[train]), Y[train])
            .predict_proba(scaler.transform(inputs[held]))
            for strength in (0.001, 0.01, 0.1, 1.0, 10.0)
        ]
        ours = keras.ops.convert_to_numpy(keras.ops.softmax(found["logits"][0, held]))
        assert min(np.abs(ours - one).max() for one in probabilities) < 1e-3
        right[held] = ours.argmax(axis=1) == Y[held]
    assert found["test"]["accuracy"]["seeds"][0] == pytest.approx(right.mean())
    assert len(found["test"]["accuracy"]["seeds"]) == 2 and len(found["folds"]["accuracy"]["seeds"]) == 6


def test_recipes_train_on_each_fold():
    lines = []
    found = cross_validate(encoder(), X, Y, 3, "full", folds=2, epochs=3, learning_rate=1e-2, say=lines.append)
    assert np.abs(found["logits"]).min() > 0 and len(lines) == 2


@pytest.mark.parametrize("change", [dict(folds=11), dict(folds=1), dict(repeats=0), dict(y=Y[:20])])
def test_bad_input_is_named(change):
    with pytest.raises(ValueError, match="Received: (folds=|shape)"):
        cross_validate(**{"encoder": encoder(), "x": X, "y": Y, "classes": 3, "recipe": "probe", **change})
