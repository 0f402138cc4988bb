import gc

import numpy as np
import pytest
import tensorflow as tf

from keras_transfer import data
from keras_transfer.data.batches import sample_order
from tests.replicas import mirrored


def rows(dataset):
    return [batch.numpy().tolist() for batch in dataset]


def flat(dataset):
    return [row for batch in dataset for row in batch.numpy().tolist()]


def test_an_epoch_is_a_permutation_and_the_next_is_another():
    dataset = data.batches(np.arange(40), 8, seed=3)
    first, second = flat(dataset), flat(dataset)
    assert sorted(first) == sorted(second) == list(range(40))
    assert first != second and first != list(range(40))


def test_same_seed_same_order_other_seed_other_order():
    orders = [flat(data.batches(np.arange(40), 8, seed=seed)) for seed in (3, 3, 4, -3)]
    assert orders[0] == orders[1]
    assert len({tuple(order) for order in orders}) == 3


def test_set_epoch_decides_whatever_was_read_before():
    fresh = data.batches(np.arange(40), 8, seed=3)
    wanted = [flat(fresh) for _ in range(3)]
    other = data.batches(np.arange(40), 8, seed=3)
    for epoch in (2, 0, 1):
        next(iter(other))  # somebody peeks
        data.set_epoch(epoch)
        unused = iter(other)  # Keras makes one at the end of each epoch and takes nothing from it
        assert flat(other) == wanted[epoch]
        del unused


def test_set_epoch_reaches_every_training_dataset_and_no_evaluation_dataset():
    one, two = data.batches(np.arange(9), 3, seed=1), data.batches(np.arange(9), 3, seed=1).map(lambda x: x + 0)
    evaluation = data.batches(np.arange(9), 3, shuffle=False, map=lambda x, seeds: data.uniform(seeds, 1))
    before = rows(evaluation)
    data.set_epoch(5)
    assert flat(one) == flat(two) == sample_order(1, 5, 9, 9).tolist()
    assert rows(evaluation) == before


@pytest.mark.parametrize("epoch", [-1, 1.5, True])
def test_set_epoch_names_a_bad_epoch(epoch):
    with pytest.raises(ValueError, match=r"whole number from 0\. Received: epoch="):
        data.set_epoch(epoch)


def test_evaluation_reads_everything_in_order():
    dataset = data.batches(np.arange(10), 4, shuffle=False)
    assert dataset.cardinality() == 3
    for _ in range(2):
        assert rows(dataset) == [[0, 1, 2, 3], [4, 5, 6, 7], [8, 9]]


def test_training_drops_the_remainder_unless_there_is_no_full_batch():
    assert [len(batch) for batch in data.batches(np.arange(10), 4)] == [4, 4]
    assert [len(batch) for batch in data.batches(np.arange(3), 4)] == [3]
    assert [len(batch) for batch in data.batches(np.arange(10), 4, drop_remainder=False)] == [4, 4, 2]
    assert data.batches(np.arange(10), 4).element_spec.shape == (4,)
    assert data.batches(np.arange(10), 4).cardinality() == 2


def test_dropped_samples_differ_between_epochs():
    dataset = data.batches(np.arange(10), 4)
    assert {row for _ in range(12) for row in flat(dataset)} == set(range(10))


def test_steps_go_through_the_samples_several_times():
    dataset = data.batches(np.arange(5), 4, steps=5)
    seen = flat(dataset)
    assert dataset.cardinality() == 5 and len(seen) == 20
    passes = [tuple(seen[i : i + 5]) for i in range(0, 20, 5)]
    assert all(sorted(one) == list(range(5)) for one in passes) and len(set(passes)) > 1


def test_fewer_steps_than_a_pass():
    seen = flat(data.batches(np.arange(50), 4, steps=2))
    assert len(set(seen)) == 8


def test_orders_are_uniform():
    # Each of 5 rows lands on each of 5 positions equally often, and all 120 orders turn up.
    orders = np.stack([sample_order(0, epoch, 5, 5) for epoch in range(6000)])
    counts = np.stack([np.bincount(orders[:, position], minlength=5) for position in range(5)])
    assert np.abs(counts / 6000 - 0.2).max() < 0.025
    kinds = np.unique(orders, axis=0, return_counts=True)[1]
    assert len(kinds) == 120
    assert ((kinds - 50) ** 2 / 50).sum() < 175  # chi-squared with 119 degrees of freedom: p > 0.0006


def test_structure_is_kept_and_rows_stay_together():
    arrays = {"x": np.arange(20)[:, None] * 1.0, "y": np.arange(20)}
    for batch in data.batches(arrays, 5):
        np.testing.assert_array_equal(batch["x"][:, 0], batch["y"])
    x, y = next(iter(data.batches([np.arange(20), np.arange(20)], 5)))
    np.testing.assert_array_equal(x, y)


def test_a_samples_randomness_does_not_depend_on_the_batch_size():
    def draw(batch_size):
        return flat(data.batches(np.arange(24), batch_size, seed=2, map=lambda x, seeds: data.uniform(seeds, 3)))

    assert draw(24) == draw(6) == draw(4)


def test_randomness_changes_with_epoch_and_seed():
    def map(x, seeds):
        return data.uniform(seeds, 4)

    dataset = data.batches(np.arange(24), 6, seed=2, map=map)
    drawn = np.array([flat(dataset), flat(dataset), flat(data.batches(np.arange(24), 6, seed=9, map=map))])
    assert len(np.unique(drawn)) == drawn.size


def test_repeat_counts_passes_as_epochs():
    dataset = data.batches(np.arange(8), 8, seed=1)
    assert rows(dataset.repeat(3)) == [sample_order(1, epoch, 8, 8).tolist() for epoch in range(3)]


def test_parallel_map_keeps_the_order():
    def slow_first(batch, seeds):
        return tf.numpy_function(lambda x: (__import__("time").sleep(0.02 * (x[0] % 3)), x)[1], [batch], tf.int64)

    assert flat(data.batches(np.arange(30), 2, seed=5, map=slow_first)) == sample_order(5, 0, 30, 30).tolist()


def test_under_a_mirrored_strategy_the_global_batch_is_the_same():
    strategy = mirrored(2)
    with strategy.scope():
        dataset = data.batches(np.arange(12), 4, seed=7)
    distributed = strategy.experimental_distribute_dataset(dataset)
    for epoch in range(2):
        got = [np.concatenate(strategy.experimental_local_results(batch)).tolist() for batch in distributed]
        assert np.concatenate(got).tolist() == sample_order(7, epoch, 12, 12).tolist()
        assert [len(batch) for batch in got] == [4, 4, 4]


def test_evaluation_under_a_mirrored_strategy_reads_everything_once():
    strategy = mirrored(2)
    dataset = strategy.experimental_distribute_dataset(data.batches(np.arange(11), 4, shuffle=False))
    got = [row for batch in dataset for part in strategy.experimental_local_results(batch) for row in part.numpy()]
    assert sorted(got) == list(range(11))


def test_an_iterator_outlives_its_dataset():
    iterator = iter(data.batches(np.arange(12), 4).prefetch(1))
    gc.collect()
    assert sum(len(batch) for batch in iterator) == 12


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (dict(arrays=(np.zeros(3), np.zeros(4)), batch_size=2), r"same number of rows. Received rows: \[3, 4\]"),
        (dict(arrays=np.zeros((0, 2)), batch_size=2), "holds no samples"),
        (dict(arrays=(), batch_size=2), "one row per sample"),
        (dict(arrays=(np.zeros(3), 1.0), batch_size=2), "one row per sample"),
        (dict(arrays=np.zeros(3), batch_size=0), "`batch_size` must be a whole number from 1. Received: batch_size=0"),
        (dict(arrays=np.zeros(3), batch_size=2, steps=0), "`steps` must be a whole number from 1"),
        (dict(arrays=np.zeros(3), batch_size=4, drop_remainder=True), "3 samples make no full batch of 4"),
        (dict(arrays=np.zeros(3), batch_size=2, shuffle=False, drop_remainder=True), "reads every sample once"),
        (dict(arrays=np.zeros(3), batch_size=2, shuffle=False, steps=3), "reads every sample once"),
    ],
)
def test_bad_arguments_are_named(arguments, message):
    with pytest.raises(ValueError, match=message):
        data.batches(**arguments)
