import keras
import numpy as np
import pytest
import tensorflow as tf

from keras_transfer.losses import TokenCrossEntropy
from tests.replicas import assert_two_train_as_one


def case(rows=4, tokens=5, classes=3):
    generator = np.random.default_rng(0)
    labels = generator.integers(0, classes, (rows, tokens))
    labels[0, 1:] = -1
    labels[2] = -1
    return labels, generator.normal(size=(rows, tokens, classes)).astype("float32")


def by_hand(labels, logits, smoothing, weights=None):
    total = counted = 0
    for row in range(len(labels)):
        for token, label in enumerate(labels[row]):
            if label < 0:
                continue
            logarithms = logits[row, token] - np.log(np.exp(logits[row, token]).sum())
            loss = -(1 - smoothing) * logarithms[label] - smoothing * logarithms.mean()
            total += loss * (1 if weights is None else weights[row, token])
            counted += 1
    return total / counted


@pytest.mark.parametrize("smoothing", [0.0, 0.2])
def test_mean_over_counted_tokens(smoothing):
    labels, logits = case()
    found = TokenCrossEntropy(smoothing)(labels, logits)
    assert float(found) == pytest.approx(by_hand(labels, logits, smoothing), rel=1e-6)
    weights = np.random.default_rng(1).random(labels.shape).astype("float32")
    found = TokenCrossEntropy(smoothing)(labels, logits, weights)
    assert float(found) == pytest.approx(by_hand(labels, logits, smoothing, weights), rel=1e-6)


def test_nothing_counted_is_no_loss():
    assert float(TokenCrossEntropy()(np.full((2, 3), -1), np.ones((2, 3, 4), "float32"))) == 0


def test_replicas_with_unequal_shares_train_as_one_device_does():
    labels, _ = case()
    x = np.random.default_rng(2).normal(size=(4, 5, 2)).astype("float32")

    def trained():
        keras.utils.set_random_seed(0)
        model = keras.Sequential([keras.Input((5, 2)), keras.layers.Dense(3)])
        model.compile(keras.optimizers.SGD(1.0), TokenCrossEntropy(0.1))
        data = tf.data.Dataset.from_tensor_slices((x, labels)).batch(4, drop_remainder=True)
        # The last batch of validation has a single row: one replica sees nothing.
        held = (x[[0, 1, 2, 3, 0]], labels[[0, 1, 2, 3, 0]])
        fitted = model.fit(data, validation_data=held, validation_batch_size=4, epochs=2, verbose=0)
        assert np.isfinite(fitted.history["val_loss"]).all()
        return model.get_weights()[0], fitted.history["loss"]

    assert_two_train_as_one(trained)


def test_config():
    assert TokenCrossEntropy.from_config(TokenCrossEntropy(0.3).get_config()).label_smoothing == 0.3
