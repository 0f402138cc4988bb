import math

import numpy as np
import pytest

from keras_transfer import data
from keras_transfer.data.task_batches import rows_of_tasks

TASKS = {"small": (np.arange(10.0), np.arange(10) % 3), "large": (np.arange(100.0, 190.0), np.ones((90, 2), "float32"))}


def epoch(dataset):
    def arrays(part):
        return {name: value.numpy() for name, value in part.items()}

    return [(x.numpy(), arrays(labels), arrays(weights)) for x, labels, weights in dataset]


def test_labels_and_weights_go_with_their_samples():
    batches = data.task_batches(TASKS, 10, seed=1)
    assert len(batches) == 10
    for x, labels, weights in epoch(batches):
        small = x < 100
        np.testing.assert_array_equal(weights["small"], small)
        np.testing.assert_array_equal(weights["large"], ~small)
        np.testing.assert_array_equal(labels["small"], np.where(small, x % 3, 0))
        np.testing.assert_array_equal(labels["large"], np.repeat(~small[:, None], 2, 1))
        assert small.sum() == 1


def test_an_epoch_by_size_holds_everything_once():
    drawn = np.concatenate([x for x, _, _ in epoch(data.task_batches(TASKS, 10))])
    assert sorted(drawn) == [*range(10), *range(100, 190)]


@pytest.mark.parametrize(
    "sizes, batch_size, temperature, rows",
    [
        ([10, 90], 10, 1, [1, 9]),
        ([10, 90], 10, math.inf, [5, 5]),
        ([10, 1000], 16, 2, [1, 15]),
        ([100, 10000], 22, 2, [2, 20]),
        ([1, 10**6], 8, 1, [1, 7]),
        ([5, 5, 5], 4, 1, [2, 1, 1]),
    ],
)
def test_parts_follow_the_temperature(sizes, batch_size, temperature, rows):
    assert rows_of_tasks(sizes, batch_size, temperature) == rows


def test_tasks_are_spread_over_the_batch():
    (x, _, _), *_ = epoch(data.task_batches(TASKS, 8, temperature=math.inf))
    assert (x[:4] < 100).sum() == (x[4:] < 100).sum() == 2


def test_order_is_a_function_of_seed_and_epoch():
    batches = data.task_batches(TASKS, 10, seed=1)
    first, second = ([x.tolist() for x, _, _ in epoch(batches)] for _ in range(2))
    data.set_epoch(0)
    again = [x.tolist() for x, _, _ in epoch(batches)]
    assert first == again != second


@pytest.mark.parametrize(
    "tasks, options, message",
    [
        ({}, {}, "must be a dict"),
        ({"a": np.ones(3)}, {}, "pairs .* for 'a'"),
        (TASKS, {"batch_size": 1}, "from 2, the number of tasks. Received: batch_size=1"),
        (TASKS, {"temperature": 0.5}, "Received: temperature=0.5"),
    ],
)
def test_bad_arguments_are_named(tasks, options, message):
    with pytest.raises(ValueError, match=message):
        data.task_batches(tasks, **{"batch_size": 8, **options})
