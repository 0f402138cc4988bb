import keras
import numpy as np
import pytest

from keras_transfer.finetuning import EWC
from keras_transfer.finetuning.ewc import fisher
from tests.finetuning.penalty_case import data, moved, network


def log_likelihood_gradient(weights, sample, label):
    """Of a tanh layer and a linear one, by hand."""
    kernel, bias, head, head_bias = weights
    hidden = np.tanh(sample @ kernel + bias)
    logits = hidden @ head + head_bias
    chance = np.exp(logits - logits.max())
    chance /= chance.sum()
    error = -chance
    error[label] += 1
    back = (head @ error) * (1 - hidden**2)
    return [np.outer(sample, back), back, np.outer(hidden, error), error]


def test_fisher_is_the_mean_square_gradient_of_samples():
    model, (x, y) = network(), data()
    found = fisher(model, x, y)
    expected = [np.zeros(weight.shape) for weight in model.weights]
    for sample, label in zip(x, y, strict=True):
        for total, gradient in zip(expected, log_likelihood_gradient(model.get_weights(), sample, label), strict=True):
            total += gradient**2 / len(x)
    assert list(found) == ["body/kernel", "body/bias", "head/kernel", "head/bias"]
    for one, other in zip(found.values(), expected, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-4, atol=1e-7)


def test_fisher_of_drawn_classes_comes_close_to_the_mean_over_all_classes():
    model, (x, _) = network(), data()
    drawn = fisher(model, np.repeat(x, 100, axis=0))["head/bias"]
    expected = np.zeros(3)
    for sample in x:
        logits = keras.ops.convert_to_numpy(model(sample[None]))[0].astype(np.float64)
        chance = np.exp(logits) / np.exp(logits).sum()
        for label in range(3):
            gradient = log_likelihood_gradient(model.get_weights(), sample, label)[-1]
            expected += chance[label] * gradient**2 / len(x)
    np.testing.assert_allclose(drawn, expected, rtol=0.1)


def test_is_the_papers_formula():
    source, (x, y) = network(), data()
    model = network(seed=2, classes=4)
    model.get_layer("body").set_weights(source.get_layer("body").get_weights())
    EWC(strength=3.0).attach(model, source, x, y)
    start = model.get_layer("body").get_weights()
    assert sum(float(loss) for loss in model.losses) == 0
    moved(model)
    importance = fisher(source, x, y)
    expected = 0.0
    for name, value, old in zip(("kernel", "bias"), model.get_layer("body").get_weights(), start, strict=True):
        expected += 3.0 / 2 * np.sum(importance[f"body/{name}"] * (value - old) ** 2)
    np.testing.assert_allclose(sum(float(loss) for loss in model.losses), expected, rtol=1e-5)


def test_wrong_arguments_are_named():
    with pytest.raises(ValueError, match="strength=nan"):
        EWC(strength=float("nan"))
    with pytest.raises(ValueError, match="samples=0"):
        EWC(samples=0)
    stranger = keras.Sequential([keras.Input((4,)), keras.layers.Dense(3, name="other")])
    with pytest.raises(ValueError, match="no weights of the names"):
        EWC().attach(network(), stranger, data()[0])
