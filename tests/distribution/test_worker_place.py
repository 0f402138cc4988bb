import types

import pytest
import tensorflow as tf

from keras_transfer.distribution.worker_place import worker_place
from tests.replicas import mirrored


def strategy(jobs, job, index):
    resolver = tf.distribute.cluster_resolver.SimpleClusterResolver(
        tf.train.ClusterSpec(jobs), task_type=job, task_id=index
    )
    return types.SimpleNamespace(cluster_resolver=resolver)


def test_alone_it_is_the_first():
    assert worker_place(tf.distribute.get_strategy()) == 0
    assert worker_place(mirrored(2)) == 0
    assert worker_place(strategy({}, "", 0)) == 0


@pytest.mark.parametrize(
    ("job", "index", "place"), [("chief", 0, 0), ("worker", 0, 1), ("worker", 1, 2), ("evaluator", 0, None)]
)
def test_the_chief_comes_first(job, index, place):
    jobs = {"chief": ["localhost:1"], "worker": ["localhost:2", "localhost:3"]}
    assert worker_place(strategy(jobs, job, index)) == place


def test_without_a_chief_the_first_worker_does():
    assert [
        worker_place(strategy({"worker": ["localhost:2", "localhost:3"]}, "worker", index)) for index in (0, 1)
    ] == [0, 1]
