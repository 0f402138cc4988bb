"""What helps `finetune` where labels are few: weights of classes, mixing, stopping early."""

import sys

import keras
import numpy as np
import pytest

from keras_transfer.data import cut_mix, mix_up
from keras_transfer.evaluation import compare
from keras_transfer.finetuning import choose_budget, class_weights, finetune
from keras_transfer.transfer import classifier, features

X = np.random.default_rng(0).random((24, 6, 6, 1), np.float32)
Y = (np.arange(24) % 6 == 0).astype(int)
X[Y == 1, :, :3] += 0.3
HOW = dict(epochs=6, batch_size=8, learning_rate=1e-2, verbose=0)


def model():
    keras.utils.set_random_seed(0)
    layers = [keras.layers.Flatten(), keras.layers.Dense(8, "relu")]
    return classifier(keras.Sequential([keras.Input((6, 6, 1)), *layers], name="encoder"), 2)


def test_weights_are_those_of_the_loss():
    weights = class_weights("balanced", Y, 2)
    how = {**HOW, "epochs": 1, "batch_size": 24, "learning_rate": 1e-12}
    weighted = finetune(model(), X, Y, "full", **how, class_weight="balanced")
    network = model()
    logarithms = keras.ops.log_softmax(features(network, X))
    losses = [
        -(0.9 * row[own] + 0.1 * np.mean(row)) * weights[own] for row, own in zip(np.array(logarithms), Y, strict=True)
    ]
    assert weighted.history["loss"][0] == pytest.approx(np.mean(losses), rel=1e-5)


def test_the_probe_weighs_classes_too():
    def rare(**arguments):
        network = model()
        finetune(network, X, Y, "probe", **HOW, **arguments)
        return (features(network, X).argmax(axis=1) == 1).sum()

    assert rare(class_weight={1: 50.0}) > rare(class_weight={0: 50.0})


@pytest.mark.parametrize("mix", [mix_up, cut_mix])
def test_mixing_trains_and_validates(mix):
    how = {**HOW, "epochs": 60, "class_weight": "balanced"}
    found = finetune(model(), X, Y, "full", **how, mix=mix, validation_data=(X, Y))
    assert found.history["val_accuracy"][-1] > 0.85 > np.mean(Y == 0)
    truth = np.mean(features(found.model, X).argmax(axis=1) == Y)
    assert found.history["val_accuracy"][-1] == pytest.approx(truth)
    with pytest.raises(ValueError, match="mixed anew"):
        finetune(model(), X, Y, "gradual", **HOW, mix=mix, cache="memory", options={"groups": ["head", "*"], "at": [2]})


def test_early_stopping_goes_back_to_the_best_weights():
    # Labels that training contradicts: the longer, the worse.
    how = {**HOW, "epochs": 60, "label_smoothing": 0.0}
    found = finetune(model(), X, Y, "full", **how, validation_data=(X, 1 - Y), patience=2)
    losses = found.history["val_loss"]
    assert len(losses) < 25 and len(losses) == np.argmin(losses) + 3
    logits = features(found.model, X)
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)(1 - Y, logits)
    assert float(loss) == pytest.approx(min(losses), rel=1e-4)


def test_early_stopping_waits_for_the_schedule():
    options = {"groups": ["head", "*"], "at": [6]}
    how = {**HOW, "epochs": 40, "label_smoothing": 0.0}
    found = finetune(model(), X, Y, "gradual", **how, validation_data=(X, 1 - Y), patience=1, options=options)
    assert 8 <= len(found.history["val_loss"]) < 20


def test_patience_needs_something_to_judge_by():
    with pytest.raises(ValueError, match="patience=3, validation_data missing"):
        finetune(model(), X, Y, "full", **HOW, patience=3)


def test_patience_in_the_search():
    lengths = []
    count = keras.callbacks.LambdaCallback(
        on_train_begin=lambda logs: lengths.append(0),
        on_epoch_end=lambda epoch, logs: lengths.append(lengths.pop() + 1),
    )
    how = dict(batch_size=8, label_smoothing=0.0, schedule="constant", patience=1, callbacks=[count])
    how["class_weight"] = "balanced"
    choose_budget(model, X, Y, "full", epochs=30, learning_rates=(1e-2,), validation=(X, 1 - Y), **how)
    assert len(lengths) == 2 and max(lengths) < 25


def test_patience_in_the_comparison(monkeypatch):
    def stop(*arguments, **training):
        raise InterruptedError(training["patience"], training["validation_data"])

    monkeypatch.setattr(sys.modules[compare.__module__], "finetune", stop)
    how = dict(epochs=1, validation=(X, Y), patience=3)
    with pytest.raises(InterruptedError) as stopped:
        compare(model().get_layer("encoder"), (X, Y), (X, Y), 2, **how)
    assert stopped.value.args == (3, how["validation"])
