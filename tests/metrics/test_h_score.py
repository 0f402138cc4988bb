import numpy as np
import pytest

from keras_transfer.metrics import h_score


def slow(features, labels, shrinkage):
    samples, width = len(features), len(features[0])
    mean = [sum(row[i] for row in features) / samples for i in range(width)]
    of_class = {}
    for row, label in zip(features, labels, strict=True):
        of_class.setdefault(label, []).append(row)
    covariance, between = np.zeros((width, width)), np.zeros((width, width))
    for i in range(width):
        for j in range(width):
            covariance[i, j] = sum((row[i] - mean[i]) * (row[j] - mean[j]) for row in features) / samples
            for rows in of_class.values():
                left = sum(row[i] for row in rows) / len(rows) - mean[i]
                right = sum(row[j] for row in rows) / len(rows) - mean[j]
                between[i, j] += len(rows) / samples * left * right
    level = sum(covariance[i, i] for i in range(width)) / width
    shrunk = (1 - shrinkage) * covariance + shrinkage * level * np.eye(width)
    return (1 - shrinkage) * np.trace(np.linalg.inv(shrunk) @ between)


RNG = np.random.default_rng(0)
LABELS = np.repeat([0, 1, 2], [20, 10, 5])


@pytest.mark.parametrize("shrinkage", [0, 0.3])
def test_it_is_the_formula(shrinkage):
    features = RNG.normal(size=(35, 4)) + LABELS[:, None]
    np.testing.assert_allclose(h_score(features, LABELS, shrinkage), slow(features, LABELS, shrinkage), rtol=1e-9)


def test_default_shrinkage_is_ledoit_and_wolfs_and_bears_more_features_than_samples():
    from sklearn.covariance import LedoitWolf

    features = RNG.normal(size=(35, 100)) + LABELS[:, None]
    found = LedoitWolf().fit(features)
    np.testing.assert_allclose(h_score(features, LABELS), slow(features, LABELS, found.shrinkage_), rtol=1e-6)
    # The unshrunken one sees perfect separation in pure noise.
    noise = RNG.normal(size=(35, 100))
    assert h_score(noise, LABELS, 0) > 1.99 and h_score(noise, LABELS) < 0.5 < h_score(features, LABELS)


def test_bad_shrinkage_is_named():
    with pytest.raises(ValueError, match="shrinkage=1"):
        h_score(np.zeros((4, 2)), [0, 1, 0, 1], 1)
