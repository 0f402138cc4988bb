"""What the environment says about the other workers of this run: TF_CONFIG, or the variables of SLURM."""

import json
import os
from dataclasses import dataclass

import tensorflow as tf

_TRAINING_JOBS = ("chief", "worker")
_REMEDY = (
    "Expected something like "
    '{"cluster": {"worker": ["host0:12345", "host1:12345"]}, "task": {"type": "worker", "index": 0}}. '
    "`keras-transfer launch --workers N -- python train.py` sets it for workers on this host; unset it to train alone."
)


@dataclass(frozen=True)
class Cluster:
    """The workers of a run and this process's place among them.

    Attributes:
        source: Where the answer came from: `"TF_CONFIG"` or `"SLURM"`.
        addresses: `host:port` of all training tasks, the chief first.
        task_type: `"chief"` or `"worker"`.
        task_index: Index of this process within its task type.
        chief: Whether this process is the one that writes files.
    """

    source: str
    addresses: tuple
    task_type: str
    task_index: int
    chief: bool


def read_cluster():
    """Return the `Cluster` the environment describes, or None for a process that is alone.

    Raises:
        ValueError: if TF_CONFIG is set and is not a description of a cluster that contains this process.
    """
    if os.environ.get("TF_CONFIG", "").strip():
        return _from_tf_config(os.environ["TF_CONFIG"])
    # Set by `srun` for each step; the batch script around it has SLURM_NTASKS but is not itself one of several tasks.
    if int(os.environ.get("SLURM_STEP_NUM_TASKS") or 1) > 1:
        return _from_slurm()
    return None


def _from_tf_config(text):
    def refuse(problem):
        return ValueError(f"TF_CONFIG {problem}. Received: TF_CONFIG={text!r}. {_REMEDY}")

    try:
        config = json.loads(text)
    except json.JSONDecodeError as error:
        raise refuse(f"is not JSON ({error})") from error
    if not isinstance(config, dict):
        raise refuse("must be a JSON object")
    cluster = config.get("cluster")
    if not cluster:
        return None  # TensorFlow, too, takes a TF_CONFIG without a cluster as a process that is alone.
    if not isinstance(cluster, dict) or not all(_is_address_list(tasks) for tasks in cluster.values()):
        raise refuse("must give under `cluster` a list of `host:port` addresses for each task type")
    unknown = sorted(set(cluster) - set(_TRAINING_JOBS))
    if unknown:
        raise refuse(f"names task types {unknown}; training here is done by `chief` and `worker` tasks only")
    addresses = tuple(cluster.get("chief", [])) + tuple(cluster.get("worker", []))
    if len(set(addresses)) < len(addresses):
        raise refuse("gives one address to two tasks")
    task = config.get("task")
    if not isinstance(task, dict) or task.get("type") not in cluster:
        raise refuse(f"must give under `task` a `type` that is in the cluster ({sorted(cluster)}) and an `index`")
    count = len(cluster[task["type"]])
    try:
        index = int(task.get("index"))
    except (TypeError, ValueError):
        raise refuse("must give a whole number as the task's `index`") from None
    if not 0 <= index < count:
        raise refuse(f"has task index {index}, but the cluster has {count} {task['type']} task(s), 0 to {count - 1}")
    chief = task["type"] == "chief" or ("chief" not in cluster and index == 0)
    return Cluster("TF_CONFIG", addresses, task["type"], index, chief)


def _is_address_list(tasks):
    return isinstance(tasks, list) and all(
        isinstance(task, str) and task.rpartition(":")[0] and task.rpartition(":")[2].isdigit() for task in tasks
    )


def _from_slurm():
    # TensorFlow's resolver expands SLURM's lists of hosts. It is not used beyond that: it counts GPUs with
    # nvidia-smi, fails on hosts without any, overrides the CUDA_VISIBLE_DEVICES that SLURM has set, and sorts host
    # names as text (node10 before node9), which is not SLURM's order of ranks. One pretended GPU per task keeps it
    # from doing the first three.
    most_tasks_on_a_host = 1024
    port = 12000 + int(os.environ.get("SLURM_JOB_ID") or 0) % 20000
    resolver = tf.distribute.cluster_resolver.SlurmClusterResolver(
        port_base=port, gpus_per_node=most_tasks_on_a_host, gpus_per_task=1, auto_set_gpu=False
    )
    addresses = tuple(resolver.cluster_spec().job_tasks("worker"))
    host, local = os.environ.get("SLURMD_NODENAME"), os.environ.get("SLURM_LOCALID")
    own = f"{host}:{port + int(local or 0)}"
    if own not in addresses:
        raise ValueError(
            f"SLURM's list of hosts does not contain this task. Received: SLURMD_NODENAME={host!r}, "
            f"SLURM_LOCALID={local!r}; the step's hosts give {list(addresses)}. "
            "Set TF_CONFIG yourself, or start the script with `srun`."
        )
    index = addresses.index(own)
    return Cluster("SLURM", addresses, "worker", index, index == 0)
