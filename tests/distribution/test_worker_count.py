import types

import tensorflow as tf

from keras_transfer.distribution.worker_count import worker_count
from tests.replicas import mirrored


def test_one_process_whatever_its_replicas():
    assert worker_count(tf.distribute.get_strategy()) <= 1
    assert worker_count(mirrored(2)) <= 1


def test_every_job_of_a_cluster_counts():
    spec = tf.train.ClusterSpec({"chief": ["localhost:1"], "worker": ["localhost:2", "localhost:3"]})
    resolver = tf.distribute.cluster_resolver.SimpleClusterResolver(spec)
    assert worker_count(types.SimpleNamespace(cluster_resolver=resolver)) == 3
