"""Tags that follow from a token and the one before it."""

import sys

import keras
import numpy as np
import pytest

from keras_transfer.finetuning import TokenClassification, choose_budget, finetune, probe
from keras_transfer.transfer import features, load_model, token_classifier

TAGS = ["O", "B-X", "I-X"]
LENGTH = 10


def encoder():
    keras.utils.set_random_seed(0)
    tokens = keras.Input((LENGTH,), dtype="int32")
    vectors = keras.layers.Embedding(12, 16, name="stage1_embedding")(tokens)
    vectors = keras.layers.Conv1D(16, 3, padding="same", activation="relu", name="stage2_conv")(vectors)
    return keras.Model(tokens, keras.layers.Dense(16, name="stage3_dense")(vectors), name="encoder")


def data(rows=48, seed=0):
    """Tokens 5 and 6 begin an entity, 7 goes on with one if one of them stands before it."""
    generator = np.random.default_rng(seed)
    x = generator.choice([5, 6, 7, 8, 9, 10, 11], (rows, LENGTH)).astype("int32")
    x[:, 0] = 2
    y = np.zeros_like(x)
    y[np.isin(x, (5, 6))] = 1
    y[:, 1:][(x[:, 1:] == 7) & np.isin(x[:, :-1], (5, 6))] = 2
    y[:, 0] = -1
    lengths = generator.integers(3, LENGTH + 1, rows)
    for row, length in enumerate(lengths):
        x[row, length:], y[row, length:] = 0, -1
    return x, y


def test_learns_and_is_saved(tmp_path):
    task = TokenClassification(TAGS)
    x, y = data()
    trained = finetune(
        task.network(encoder()), x, y, "gradual", epochs=25, batch_size=16, learning_rate=2e-2, verbose=0, task=task
    )
    assert trained.history["token_accuracy"][-1] > 0.9
    model, test = trained.model, data(seed=1)
    found = task.scores(test[1], task.predict(model, test[0]))
    majority = task.scores(test[1], task.majority(y, test[1]))
    assert found["entity_f1"] > 0.8 and majority["entity_f1"] == 0 and majority["token_accuracy"] < 0.8
    assert task.confusion(test[1], task.predict(model, test[0])).sum() == (test[1] >= 0).sum()
    model.save(tmp_path / "model.keras")
    loaded = load_model(tmp_path / "model.keras")
    np.testing.assert_allclose(task.predict(loaded, test[0]), task.predict(model, test[0]), atol=1e-5)


def test_what_lora_has_learnt_is_ready_to_be_saved(tmp_path):
    task, (x, y) = TokenClassification(TAGS), data(8)
    trained = finetune(task.network(encoder()), x, y, "lora", epochs=1, verbose=0, task=task).model
    trained.save(tmp_path / "model.keras")
    found = load_model(tmp_path / "model.keras").evaluate(x, y, verbose=0, return_dict=True)
    assert found["token_accuracy"] == pytest.approx(task.scores(y, task.predict(trained, x))["token_accuracy"])


def test_head_does_what_a_regression_on_the_counted_tokens_does():
    from sklearn.linear_model import LogisticRegression
    from sklearn.preprocessing import StandardScaler

    model, (x, y) = token_classifier(encoder(), 3), data()
    strength, _ = probe(model, x, y)
    inputs = features(model.layers[1], x).reshape(*y.shape, -1)[y >= 0]
    scaler = StandardScaler().fit(inputs)
    regression = LogisticRegression(C=strength, max_iter=2000).fit(scaler.transform(inputs), y[y >= 0])
    found = keras.ops.softmax(features(model, x).reshape(*y.shape, 3)[y >= 0])
    np.testing.assert_allclose(found, regression.predict_proba(scaler.transform(inputs)), atol=1e-4)


def test_of_many_tokens_the_probe_draws_some_of_each_class(monkeypatch):
    module = sys.modules["keras_transfer.finetuning.probe"]
    monkeypatch.setattr(module, "MOST_TOKENS", 60)
    monkeypatch.setattr(module, "MOST_FOLDED", 30)
    judged = np.array([0] * 80 + [1] * 19 + [2])[module._judged(np.array([0] * 80 + [1] * 19 + [2]), seed=0)]
    assert set(judged) == {0, 1} and len(judged) <= 30  # a class that has one is no hindrance
    model, (x, y) = token_classifier(encoder(), 3), data()
    chosen = module._chosen(y, seed=0)
    assert chosen.sum() == 60 and set(y[chosen]) == {0, 1, 2}
    probe(model, x, y)
    again, (few, labels) = token_classifier(encoder(), 3), data()
    probe(again, few, np.where(chosen, labels, -1))
    for one, other in zip(model.get_weights(), again.get_weights(), strict=True):
        np.testing.assert_allclose(one, other, atol=1e-6)


def test_a_cache_and_class_weights():
    task, (x, y) = TokenClassification(TAGS), data()
    model = task.network(encoder())
    how = dict(epochs=6, batch_size=16, learning_rate=2e-2, verbose=0, task=task, class_weight="balanced")
    plain = finetune(task.network(encoder()), x, y, "gradual", **how).history
    cached = finetune(model, x, y, "gradual", cache="memory", **how).history
    np.testing.assert_allclose(cached["loss"], plain["loss"], rtol=1e-3)


def test_the_search_divides_rows_by_their_rarest_tag():
    task, (x, y) = TokenClassification(TAGS), data(24)
    strata = task.strata(y)
    assert all(stratum == (2 if 2 in row else 1 if 1 in row else 0) for stratum, row in zip(strata, y, strict=True))
    assert set(task.strata(np.array([[0, 1], [0, 2], [0, -1]]))) == {0}  # each the only one of its kind
    budget = choose_budget(
        lambda: task.network(encoder()), x, y, "full", epochs=4, learning_rates=(2e-2,), splits=1, task=task
    )
    assert budget.learning_rate == 2e-2 and len(budget.tried) == 2


def test_tags_without_entities_are_scored_by_accuracy():
    task = TokenClassification(["NOUN", "VERB"])
    y = np.array([[0, 1, -1], [1, 1, 1]])
    found = task.scores(y, np.array([[0, 0, 0], [1, 1, 1]]))
    assert list(found) == ["token_accuracy", "macro_f1"] and found["token_accuracy"] == 0.8
    assert found["macro_f1"] == pytest.approx((2 / 3 + 6 / 7) / 2)


def test_what_does_not_fit_is_named():
    task, (x, y) = TokenClassification(TAGS), data(4)
    model = task.network(encoder())
    with pytest.raises(ValueError, match=r"integers of shape \(4, 10\)\. Received: int32, \(4, 9\)"):
        finetune(model, x, y[:, 1:], task=task)
    with pytest.raises(ValueError, match="Received: -1 to 3"):
        finetune(model, x, np.where(y == 2, 3, y).clip(-1) + (y == 1) * 2, task=task)
    with pytest.raises(ValueError, match="must give 3 logits a token"):
        finetune(token_classifier(encoder(), 2), x, y, task=task)
    with pytest.raises(ValueError, match="diverged"):
        task.scores(y, np.full((*y.shape, 3), np.nan))
    with pytest.raises(ValueError, match=r"Received: \(4, 9\) for \(4, 10\)"):
        task.scores(y, y[:, 1:])
