import numpy as np
import pytest

from keras_transfer import data
from tests.replicas import mirrored

X, Y, U = np.arange(10), np.arange(10) % 3, np.arange(100, 123)


def rows(dataset):
    return [[np.array(part).tolist() for part in (x, u, y)] for (x, u), y in dataset]


def test_labels_stay_with_their_samples_and_an_epoch_passes_over_the_larger():
    batches = data.paired_batches((X, Y), U, 4, seed=1)
    assert len(batches) == 5
    for x, _, y in rows(batches):
        assert y == [Y[i] for i in x]
    drawn = [u for _, others, _ in rows(batches) for u in others]
    assert len(set(drawn)) == 20
    drawn = [i for x, _, _ in rows(batches) for i in x]
    assert set(drawn[:10]) == set(drawn[10:]) == set(range(10))
    assert len(data.paired_batches((U, U), X, 4)) == 5
    assert len(data.paired_batches((X, Y), U, 4, steps=7)) == 7
    assert len(data.paired_batches((X, Y), U, 64)) == 1


def test_order_is_a_function_of_seed_and_epoch():
    batches = data.paired_batches((X, Y), U, 4, seed=1)
    first, second = rows(batches), rows(batches)
    assert first != second
    data.set_epoch(0)
    assert rows(batches) == first
    assert rows(data.paired_batches((X, Y), U, 4, seed=1)) == first
    assert rows(data.paired_batches((X, Y), U, 4, seed=2)) != first


def test_the_same_samples_do_not_meet():
    pairs = rows(data.paired_batches((X, Y), X, 5))
    assert any(x != u for x, u, _ in pairs)


def test_several_unlabelled_ones_and_views():
    batches = data.paired_batches(
        (X, Y), U, 2, ratio=3, map=lambda pair, seeds: (pair[0] + 50, pair[1]), unlabelled_map=lambda u, seeds: (u, -u)
    )
    assert len(batches) == 5
    for (x, (weak, strong)), y in batches:
        assert x.shape == y.shape == (2,) and weak.shape == strong.shape == (2, 3)
        np.testing.assert_array_equal(weak, -strong)
        np.testing.assert_array_equal(y, (x - 50) % 3)


def test_replicas_share_a_batch():
    batches = data.paired_batches((X, Y), U, 4, ratio=3)
    with mirrored(2).scope():
        shares = next(iter(mirrored(2).experimental_distribute_dataset(batches)))
    data.set_epoch(0)
    (x, u), y = next(iter(batches))
    for whole, shared in ((x, shares[0][0]), (u, shares[0][1]), (y, shares[1])):
        np.testing.assert_array_equal(np.concatenate([value.numpy() for value in shared.values]), whole)


@pytest.mark.parametrize(
    "labelled, options, message",
    [
        (X, {}, "must be a pair"),
        ((X, Y[:3]), {}, "same number of rows"),
        ((X, Y), {"ratio": 0}, "Received: ratio=0"),
        ((X, Y), {"batch_size": 1.5}, "Received: batch_size=1.5"),
    ],
)
def test_bad_arguments_are_named(labelled, options, message):
    with pytest.raises(ValueError, match=message):
        data.paired_batches(labelled, U, **{"batch_size": 4, **options})
