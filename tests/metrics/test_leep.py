import math

import numpy as np
import pytest

from keras_transfer.metrics import leep


def slow(probabilities, labels):
    samples, others = len(labels), len(probabilities[0])
    classes = sorted(set(labels))
    joint = {(y, z): 0.0 for y in classes for z in range(others)}
    for row, y in zip(probabilities, labels, strict=True):
        for z in range(others):
            joint[y, z] += row[z] / samples
    score = 0.0
    for row, y in zip(probabilities, labels, strict=True):
        score += math.log(sum(joint[y, z] / sum(joint[other, z] for other in classes) * row[z] for z in range(others)))
    return score / samples


def test_it_is_the_formula():
    rng = np.random.default_rng(0)
    probabilities = rng.dirichlet(np.ones(5), size=40)
    labels = rng.integers(0, 3, 40)
    np.testing.assert_allclose(leep(probabilities, labels), slow(probabilities, labels.tolist()), rtol=1e-12)


def test_perfect_clusters_score_nothing_and_blind_ones_the_entropy():
    labels = np.arange(30) % 3
    assert leep(np.eye(3)[labels], labels) == 0
    assert leep(np.full((30, 4), 0.25), labels) == pytest.approx(-math.log(3))
    # A class of the source that nothing is in.
    assert leep(np.eye(4)[labels], labels) == 0


def test_logits_are_refused():
    with pytest.raises(ValueError, match="softmax of logits"):
        leep(np.array([[2.0, -1.0], [0.0, 3.0]]), [0, 1])
