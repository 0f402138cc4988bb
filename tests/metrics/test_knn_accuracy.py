import math
import sys

import numpy as np
import pytest

from keras_transfer import metrics
from keras_transfer.metrics import knn_accuracy


def clusters(samples, seed=0, spread=1.2):
    generator = np.random.default_rng(seed)
    labels = generator.integers(0, 3, samples)
    return (np.eye(3, 5)[labels] * 2 + generator.normal(0, spread, (samples, 5))).astype(np.float32), labels


def slow(bank, labels, queries, wanted, neighbours, temperature, alone=False):
    right = 0
    for i, query in enumerate(queries):
        cosines = [
            (float(query @ row) / math.sqrt(float(query @ query) * float(row @ row)), labels[j])
            for j, row in enumerate(bank)
            if not (alone and i == j)
        ]
        votes = {}
        for cosine, label in sorted(cosines, key=lambda pair: -pair[0])[:neighbours]:
            votes[label] = votes.get(label, 0.0) + math.exp(cosine / temperature)
        right += max(votes, key=votes.get) == wanted[i]
    return right / len(queries)


class TestKNNAccuracy:
    @pytest.mark.parametrize(("neighbours", "temperature"), [(1, 0.07), (7, 0.07), (20, 10.0), (500, 1.0)])
    def test_is_the_papers(self, neighbours, temperature):
        (bank, labels), (queries, wanted) = clusters(40), clusters(60, seed=1)
        expected = slow(bank, labels, queries, wanted, neighbours, temperature)
        assert 0.4 < expected < 1
        assert knn_accuracy(bank, labels, queries, wanted, neighbours, temperature) == expected

    def test_without_queries_each_sample_is_left_out(self):
        bank, labels = clusters(50)
        expected = slow(bank, labels, bank, labels, 5, 0.07, alone=True)
        assert expected < 1
        assert knn_accuracy(bank, labels, neighbours=5) == expected
        assert knn_accuracy(bank, labels, bank, labels, neighbours=1) == 1

    def test_tiles_and_lengths_change_nothing(self, monkeypatch):
        (bank, labels), (queries, wanted) = clusters(40), clusters(30, seed=1)
        whole = knn_accuracy(bank, labels, queries, wanted), knn_accuracy(bank, labels)
        monkeypatch.setattr(sys.modules["keras_transfer.metrics.knn_accuracy"], "TILE_NUMBERS", 130)
        scales = np.random.default_rng(2).uniform(0.1, 10, (40, 1))
        assert (knn_accuracy(bank * scales, labels, 7 * queries, wanted), knn_accuracy(bank * scales, labels)) == whole

    def test_names_and_cold_votes(self):
        bank, labels = clusters(40)
        names = np.array(["cat", "dog", "eel"])[labels]
        assert knn_accuracy(bank, names) == knn_accuracy(bank, labels)
        assert knn_accuracy(bank, labels, neighbours=9, temperature=1e-5) == knn_accuracy(bank, labels, neighbours=1)

    @pytest.mark.parametrize(
        ("arguments", "message"),
        [
            (dict(labels=np.zeros(3)), r"`labels` must have the shape \(40,\). Received: shape \(3,\)"),
            (dict(queries=np.ones((2, 5))), r"`query_labels` must have the shape \(2,\)"),
            (dict(queries=np.ones((2, 4)), query_labels=[0, 1]), "`queries` must be 5 wide.*Received: 4"),
            (dict(neighbours=0), "`neighbours` must be >= 1"),
            (dict(temperature=0), "`temperature` must be > 0"),
            (dict(features=np.ones(4)), r"`features` must hold one embedding a row.*Received: shape \(4,\)"),
            (dict(features=np.ones((1, 4)), labels=[1]), "at least 2 samples"),
        ],
    )
    def test_wrong_arguments_are_named(self, arguments, message):
        bank, labels = clusters(40)
        with pytest.raises(ValueError, match=message):
            metrics.knn_accuracy(**{"features": bank, "labels": labels, **arguments})
