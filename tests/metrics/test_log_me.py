import numpy as np
import pytest
from scipy.optimize import minimize
from scipy.stats import multivariate_normal

from keras_transfer.metrics import log_me


def slow(features, labels):
    """The evidence itself, a density of as many dimensions as there are samples, maximised without a formula."""
    total = 0.0
    classes = sorted(set(labels))
    for one in classes:
        y = np.array([float(label == one) for label in labels])

        def minus(logs, y=y):
            a, b = np.exp(logs)
            covariance = np.eye(len(y)) / b + features @ features.T / a
            return -multivariate_normal.logpdf(y, np.zeros(len(y)), covariance)

        starts = [(0.0, 0.0), (3.0, 3.0)]
        total += -min(minimize(minus, start, method="Nelder-Mead").fun for start in starts) / len(y)
    return total / len(classes)


@pytest.mark.parametrize("width", [4, 40])
def test_it_is_the_maximum_of_the_evidence(width):
    rng = np.random.default_rng(0)
    labels = np.arange(30) % 3
    features = rng.normal(size=(30, width))
    features[:, 0] += labels
    np.testing.assert_allclose(log_me(features, labels), slow(features, labels.tolist()), atol=1e-3)


def test_better_features_score_higher_and_useless_ones_are_finite():
    rng = np.random.default_rng(0)
    labels = np.array(["cat", "dog"])[np.arange(60) % 2]
    noise = rng.normal(size=(60, 5))
    told = noise + 3 * (labels == "cat")[:, None]
    assert log_me(told, labels) > log_me(noise, labels) > -10
    assert np.isfinite(log_me(np.zeros((60, 3)), labels)) and np.isfinite(log_me(np.ones((60, 3)), labels))


@pytest.mark.parametrize(
    ("features", "labels", "message"),
    [
        (np.zeros(4), [0, 1, 0, 1], r"\(4,\) and \(4,\)"),
        (np.zeros((4, 2)), [0, 1], r"\(4, 2\) and \(2,\)"),
        (np.full((4, 2), np.nan), [0, 1, 0, 1], "NaN"),
        (np.zeros((4, 2)), [1, 1, 1, 1], "two classes.*Received: 1"),
    ],
)
def test_bad_input_is_named(features, labels, message):
    with pytest.raises(ValueError, match=message):
        log_me(features, labels)
