import types

import keras
import numpy as np
import pytest
import tensorflow as tf

from keras_transfer import distribution
from keras_transfer.distribution.load_own_share import _own_parts
from tests.replicas import mirrored


@pytest.mark.parametrize(("workers", "replicas"), [(1, 1), (2, 1), (2, 2), (3, 2)])
@pytest.mark.parametrize("rows", [24, 25, 31, 13])
def test_the_union_of_the_shares_is_the_plan(workers, replicas, rows):
    plan = tf.data.Dataset.range(rows).map(lambda row: {"row": row, "twice": 2 * row}).batch(12)
    shares = []
    for worker in range(workers):
        context = types.SimpleNamespace(
            num_input_pipelines=workers, input_pipeline_id=worker, num_replicas_in_sync=workers * replicas
        )
        shares.append(list(_own_parts(plan, context).as_numpy_iterator()))
    steps = len(list(plan))
    assert [len(share) for share in shares] == [steps * replicas] * workers
    for step, batch in enumerate(plan.as_numpy_iterator()):
        # In the order in which TensorFlow numbers the parts of a batch: replica by replica, the workers in turn.
        parts = [shares[w][step * replicas + r] for r in range(replicas) for w in range(workers)]
        np.testing.assert_array_equal(np.concatenate([part["row"] for part in parts]), batch["row"])
        np.testing.assert_array_equal(np.concatenate([part["twice"] for part in parts]), batch["twice"])
        sizes = [len(part["row"]) for part in parts]
        assert max(sizes) - min(sizes) <= 1


@pytest.mark.parametrize("replicas", [1, 2])
def test_with_one_worker_every_row_is_loaded_once(replicas):
    strategy = tf.distribute.get_strategy() if replicas == 1 else mirrored(replicas)
    x = np.arange(20, dtype="float32")[:, None]
    dataset = distribution.load_own_share(tf.data.Dataset.range(20).batch(8), lambda rows: tf.gather(x, rows), strategy)
    assert dataset.cardinality().numpy() == 3
    with strategy.scope():
        model = keras.Sequential([keras.Input((1,)), keras.layers.Identity()])
    np.testing.assert_array_equal(model.predict(dataset, verbose=0), x)


def test_the_default_strategy_is_that_of_the_scope():
    with mirrored(2).scope():
        dataset = distribution.load_own_share(tf.data.Dataset.range(4).batch(2), lambda rows: rows)
    assert [row.tolist() for row in dataset.as_numpy_iterator()] == [[0, 1], [2, 3]]


def test_a_distributed_plan_is_refused():
    plan = mirrored(2).experimental_distribute_dataset(tf.data.Dataset.range(4).batch(2))
    with pytest.raises(ValueError, match="not distributed yet"):
        distribution.load_own_share(plan, lambda rows: rows)
