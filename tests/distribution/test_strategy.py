import json
import os

import pytest
import tensorflow as tf

from keras_transfer import distribution
from keras_transfer.distribution import cluster as cluster_module

WORKERS = {"worker": ["host0:1111", "host1:1111"]}


@pytest.fixture(autouse=True)
def nothing_around(monkeypatch):
    """An environment that says nothing of a cluster, on a host without GPUs."""
    for name in ("TF_CONFIG", "SLURM_STEP_NUM_TASKS", "TPU_NAME", "TPU_ACCELERATOR_TYPE", "JOB_COMPLETION_INDEX"):
        monkeypatch.delenv(name, raising=False)
    set_gpus(monkeypatch, 0)


def set_gpus(monkeypatch, count):
    monkeypatch.setattr(
        tf.config, "list_physical_devices", lambda kind=None: [object()] * count if kind == "GPU" else []
    )


def set_tf_config(monkeypatch, cluster=WORKERS, **task):
    monkeypatch.setenv("TF_CONFIG", json.dumps({"cluster": cluster, "task": {"type": "worker", "index": 0, **task}}))


@pytest.mark.parametrize(("gpus", "name"), [(0, "one_device"), (1, "one_device"), (2, "mirrored"), (8, "mirrored")])
def test_auto_goes_by_the_gpus_of_this_host(monkeypatch, gpus, name):
    set_gpus(monkeypatch, gpus)
    chosen, reason = distribution.explain()
    assert chosen == name
    assert reason.endswith(".")
    assert str(gpus) in reason or gpus < 2


def test_auto_goes_by_tf_config_first(monkeypatch):
    set_gpus(monkeypatch, 4)
    set_tf_config(monkeypatch, index=1)
    assert distribution.explain() == ("multi_worker", "TF_CONFIG names 2 workers, of which this is worker 1.")
    set_tf_config(monkeypatch)
    assert distribution.explain()[1] == "TF_CONFIG names 2 workers, of which this is worker 0, the chief."
    set_tf_config(monkeypatch, {"chief": ["a:1"], "worker": ["b:1"]}, index=0)
    assert distribution.explain()[1] == "TF_CONFIG names 2 workers, of which this is worker 0."
    set_tf_config(monkeypatch, {"chief": ["a:1"], "worker": ["b:1"]}, type="chief")
    assert distribution.explain()[1] == "TF_CONFIG names 2 workers, of which this is chief 0."


@pytest.mark.parametrize("cluster", [{}, {"worker": ["host0:1111"]}])
def test_a_tf_config_of_one_worker_is_no_cluster(monkeypatch, cluster):
    set_tf_config(monkeypatch, cluster)
    set_gpus(monkeypatch, 2)
    assert distribution.explain()[0] == "mirrored"


def test_a_tpu_is_preferred_to_gpus(monkeypatch):
    set_gpus(monkeypatch, 2)
    monkeypatch.setenv("TPU_NAME", "my-tpu")
    assert distribution.explain() == ("tpu", "The environment names a TPU (my-tpu).")


def test_what_is_named_is_taken(monkeypatch):
    set_tf_config(monkeypatch)
    assert distribution.explain("one_device")[0] == "one_device"
    assert distribution.strategy("one_device") is tf.distribute.get_strategy()


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{", r"is not JSON .*Received: TF_CONFIG='{'"),
        ("[1]", "must be a JSON object"),
        ('{"cluster": {"worker": "a:1"}}', "list of `host:port`"),
        ('{"cluster": {"worker": ["a"]}}', "list of `host:port`"),
        ('{"cluster": {"worker": ["a:1", 7]}}', "list of `host:port`"),
        ('{"cluster": {"worker": ["a:1"], "ps": ["b:1"]}}', r"task types \['ps'\]"),
        ('{"cluster": {"worker": ["a:1", "a:1"]}}', "one address to two tasks"),
        ('{"cluster": {"worker": ["a:1", "b:1"]}}', "under `task` a `type`"),
        ('{"cluster": {"worker": ["a:1", "b:1"]}, "task": {"type": "chief", "index": 0}}', "under `task` a `type`"),
        ('{"cluster": {"worker": ["a:1", "b:1"]}, "task": {"type": "worker"}}', "whole number"),
        ('{"cluster": {"worker": ["a:1", "b:1"]}, "task": {"type": "worker", "index": "x"}}', "whole number"),
        (
            '{"cluster": {"worker": ["a:1", "b:1"]}, "task": {"type": "worker", "index": 2}}',
            r"index 2.* 2 worker.* 0 to 1",
        ),
        ('{"cluster": {"worker": ["a:1", "b:1"]}, "task": {"type": "worker", "index": -1}}', "index -1"),
    ],
)
def test_a_wrong_tf_config_is_refused(monkeypatch, text, message):
    monkeypatch.setenv("TF_CONFIG", text)
    with pytest.raises(ValueError, match=message) as error:
        distribution.strategy()
    assert "Expected something like" in str(error.value)


def set_slurm(monkeypatch, hosts, tasks_per_node, host, local, count):
    for name, value in {
        "SLURM_JOB_ID": "70123",
        "SLURM_PROCID": "0",
        "SLURM_STEP_NUM_TASKS": count,
        "SLURM_STEP_NODELIST": hosts,
        "SLURM_STEP_TASKS_PER_NODE": tasks_per_node,
        "SLURMD_NODENAME": host,
        "SLURM_LOCALID": local,
    }.items():
        monkeypatch.setenv(name, str(value))


def test_slurm_on_hosts_without_gpus(monkeypatch):
    # As text node10 sorts before node9, and there is no nvidia-smi: TensorFlow's own resolver fails at both.
    set_slurm(monkeypatch, "node[9-10]", "2(x2)", "node9", 1, 4)
    cluster = cluster_module.read_cluster()
    assert set(cluster.addresses) == {f"node{n}:{port}" for n in (9, 10) for port in (22123, 22124)}
    assert cluster.addresses[cluster.task_index] == "node9:22124"
    assert distribution.explain()[0] == "multi_worker"
    assert distribution.explain()[1].startswith("SLURM names 4 workers")


def test_every_slurm_task_finds_a_place_of_its_own(monkeypatch):
    places = []
    for host, local in [("a1", 0), ("a1", 1), ("b", 0)]:
        set_slurm(monkeypatch, "a1,b", "2,1", host, local, 3)
        cluster = cluster_module.read_cluster()
        places.append((cluster.task_index, cluster.chief))
    assert sorted(places) == [(0, True), (1, False), (2, False)]


def test_slurm_does_not_touch_the_gpus(monkeypatch):
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "3")
    set_slurm(monkeypatch, "a,b", "1(x2)", "b", 0, 2)
    cluster_module.read_cluster()
    assert os.environ["CUDA_VISIBLE_DEVICES"] == "3"


def test_slurm_with_a_host_that_is_not_in_the_list_is_refused(monkeypatch):
    set_slurm(monkeypatch, "a,b", "1(x2)", "c", 0, 2)
    with pytest.raises(ValueError, match="SLURMD_NODENAME='c'"):
        distribution.explain()


def test_the_batch_script_around_slurm_steps_is_alone(monkeypatch):
    monkeypatch.setenv("SLURM_STEP_NUM_TASKS", "1")
    monkeypatch.setenv("SLURM_NTASKS", "4")
    assert distribution.explain()[0] == "one_device"


@pytest.mark.parametrize(
    ("name", "hint"),
    [("mirored", "'mirrored'"), ("multi-worker", "'multi_worker'"), ("Auto", "'auto'"), ("x", None), (3, None)],
)
def test_unknown_names(name, hint):
    with pytest.raises(ValueError, match="must be one of") as error:
        distribution.strategy(name)
    assert (f"Did you mean {hint}?" in str(error.value)) == (hint is not None)


def test_multi_worker_without_a_cluster_says_how_to_start_one():
    with pytest.raises(ValueError, match="keras-transfer launch --workers N"):
        distribution.strategy("multi_worker")


def test_multi_worker_after_tensorflow_has_started_says_what_to_move(monkeypatch):
    tf.constant(0)
    set_tf_config(monkeypatch, {"worker": ["127.0.0.1:1111", "127.0.0.1:1112"]})
    with pytest.raises(RuntimeError, match="first thing in the script"):
        distribution.strategy()


def test_devices():
    made = distribution.strategy("mirrored", devices=["CPU:0", "CPU:1"])
    assert made.num_replicas_in_sync == 2
    one = distribution.strategy("one_device", devices="CPU:1")
    assert one.extended.worker_devices[0].endswith("CPU:1")
    with pytest.raises(ValueError, match="takes one device"):
        distribution.strategy("one_device", devices=["CPU:0", "CPU:1"])
    with pytest.raises(ValueError, match=r"`devices` does not go with .*'multi_worker'"):
        distribution.strategy("multi_worker", devices=["CPU:0"])
    with pytest.raises(ValueError, match=r"`cluster_resolver` does not go with .*'mirrored'"):
        distribution.strategy("mirrored", cluster_resolver=tf.distribute.cluster_resolver.TFConfigClusterResolver())


def test_mirrored_on_one_device_warns():
    with pytest.warns(UserWarning, match="trains on one replica"):
        distribution.strategy("mirrored", devices=["CPU:0"])


def test_a_pod_of_an_indexed_job_without_tf_config_warns(monkeypatch):
    monkeypatch.setenv("JOB_COMPLETION_INDEX", "1")
    with pytest.warns(UserWarning, match="trains alone"):
        distribution.strategy()
