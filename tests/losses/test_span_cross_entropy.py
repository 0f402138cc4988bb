import keras
import numpy as np
import pytest
import tensorflow as tf

from keras_transfer.losses import SpanCrossEntropy
from tests.differences import assert_gradients
from tests.replicas import assert_two_train_as_one


def case():
    labels = np.array([[0, -1, 1, 0, 2, -1], [3, -1, -1, 0, 0, 0], [0, 0, 3, 0, 0, 0], [0, 0, 0, -1, -1, -1]])
    return labels, np.random.default_rng(0).normal(size=(4, 6, 2)).astype("float32")


def by_hand(labels, logits, smoothing=0.0, weights=(1, 1, 1, 1)):
    """The last row of the case has no answer, and is not counted."""
    total = counted = 0
    for row in range(len(labels)):
        possible = [token for token in range(labels.shape[1]) if labels[row, token] >= 0]
        both = 0
        for side, marks in ((0, (1, 3)), (1, (2, 3))):
            own = [token for token in possible if labels[row, token] in marks]
            if not own:
                break
            norm = np.log(sum(np.exp(np.float64(logits[row, token, side])) for token in possible))
            losses = [norm - logits[row, token, side] for token in possible]
            both += (1 - smoothing) * (norm - logits[row, own[0], side]) + smoothing * np.mean(losses)
        else:
            total += both / 2 * weights[row]
            counted += 1
    return total / counted


@pytest.mark.parametrize("smoothing", [0.0, 0.2])
def test_mean_over_rows_of_both_ends(smoothing):
    labels, logits = case()
    loss = SpanCrossEntropy(smoothing)
    assert float(loss(labels, logits)) == pytest.approx(by_hand(labels, logits, smoothing), rel=1e-6)
    weights = np.array([0.5, 2, 0, 1], "float32")
    wanted = by_hand(labels, logits, smoothing, weights)
    assert float(loss(labels, logits, weights)) == pytest.approx(wanted, rel=1e-6)


def test_gradients_and_what_is_masked():
    labels, logits = case()
    assert_gradients(lambda x: SpanCrossEntropy(0.1)(labels, x), lambda x: by_hand(labels, x, 0.1), [logits])
    other = np.where((labels < 0)[..., None], 1e30, logits)
    assert float(SpanCrossEntropy()(labels, other)) == float(SpanCrossEntropy()(labels, logits))
    large = np.where((labels == 0)[..., None], logits + 1e4, logits)
    assert np.isfinite(float(SpanCrossEntropy()(labels, large)))


def test_nothing_counted_is_no_loss():
    assert float(SpanCrossEntropy(0.1)(np.full((2, 3), -1), np.ones((2, 3, 2), "float32"))) == 0


def test_half_precision_is_computed_in_single():
    labels, logits = case()
    half = logits.astype("float16")
    found = SpanCrossEntropy()(labels, half)
    assert found.dtype == "float32" and float(found) == pytest.approx(by_hand(labels, half), rel=1e-6)


def test_replicas_with_unequal_shares_train_as_one_device_does():
    labels, _ = case()
    x = np.random.default_rng(2).normal(size=(4, 6, 3)).astype("float32")

    def trained():
        keras.utils.set_random_seed(0)
        model = keras.Sequential([keras.Input((6, 3)), keras.layers.Dense(2)])
        model.compile(keras.optimizers.SGD(1.0), SpanCrossEntropy(0.1))
        data = tf.data.Dataset.from_tensor_slices((x, labels)).batch(4, drop_remainder=True)
        fitted = model.fit(data, epochs=2, verbose=0)
        return model.get_weights()[0], fitted.history["loss"]

    assert_two_train_as_one(trained)


def test_config_and_range():
    assert SpanCrossEntropy.from_config(SpanCrossEntropy(0.3).get_config()).label_smoothing == 0.3
    with pytest.raises(ValueError, match="0 or more and below 1"):
        SpanCrossEntropy(1.0)
