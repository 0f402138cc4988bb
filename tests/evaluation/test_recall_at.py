import itertools

import numpy as np
import pytest

from keras_transfer.evaluation import recall_at


def unit(count, seed, width=3):
    vectors = np.random.default_rng(seed).normal(size=(count, width))
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


def slow(queries, targets, k, pairs):
    hits = 0
    for row, vector in enumerate(queries):
        order = sorted(range(len(targets)), key=lambda i: -float(vector @ targets[i]))
        hits += any((row, i) in pairs for i in order[:k])
    return hits / len(queries)


@pytest.mark.parametrize("k", [1, 3, 9, 20])
def test_is_the_plain_search(k):
    queries, targets = unit(30, 0), unit(12, 1)
    generator = np.random.default_rng(2)
    pairs = [(row, int(target)) for row in range(30) for target in generator.choice(12, 1 + row % 3, replace=False)]
    assert recall_at(queries, targets, (k,), pairs) == {k: pytest.approx(slow(queries, targets, k, set(pairs)))}


def test_rows_are_pairs_by_default_and_chunks_change_nothing(monkeypatch):
    queries = unit(10, 0)
    targets = queries + 0.3 * unit(10, 1)
    whole = recall_at(queries, targets)
    assert whole[1] == slow(queries, targets, 1, {(row, row) for row in range(10)})
    assert whole[10] == 1.0
    # The package's name `recall_at` is the function.
    monkeypatch.setitem(recall_at.__globals__, "_ROWS", 3)
    assert recall_at(queries, targets) == pytest.approx(whole)


@pytest.mark.parametrize("k", [1, 2, 3, 5])
def test_equal_targets_come_in_random_order(k):
    """Two own targets and two others are equally near, behind one that is nearer."""
    targets = np.array([[1.0, 0.0], *[[0.5, 0.5]] * 4])
    own = [(0, 1), (0, 2)]
    orders = list(itertools.permutations(range(1, 5)))
    expected = np.mean([any((0, i) in own for i in [0, *order][:k]) for order in orders])
    assert recall_at([[1.0, 0.0]], targets, (k,), own)[k] == pytest.approx(expected)


def test_collapsed_embeddings_score_what_chance_does():
    pairs = [(row, row % 20) for row in range(50)]
    assert recall_at(np.ones((50, 4)), np.ones((20, 4)), (1, 5), pairs) == {
        1: pytest.approx(1 / 20),
        5: pytest.approx(5 / 20),
    }


def test_wrong_arguments_are_named():
    with pytest.raises(ValueError, match=r"\(4, 3\) and \(4, 2\)"):
        recall_at(unit(4, 0), unit(4, 0, 2))
    with pytest.raises(ValueError, match="2 queries have no target.*row 2"):
        recall_at(unit(4, 0), unit(4, 0), pairs=[(0, 0), (1, 0)])
    with pytest.raises(ValueError, match=r"4 queries and 2 targets. Received: \[2, 2\]"):
        recall_at(unit(4, 0), unit(2, 0))
    with pytest.raises(ValueError, match=r"shape \(2,\)"):
        recall_at(unit(4, 0), unit(4, 0), pairs=[1, 2])
    with pytest.raises(ValueError, match="diverged"):
        recall_at(unit(4, 0) * np.nan, unit(4, 0))
