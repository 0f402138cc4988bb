"""Which strategy fits this process, and why."""

import difflib
import os

import tensorflow as tf

from keras_transfer.distribution.cluster import read_cluster

NAMES = ("auto", "one_device", "mirrored", "multi_worker", "tpu")


def explain(name="auto"):
    """Say which strategy `distribution.strategy(name)` would make, and why, without making it.

    Reads environment variables and lists devices; it does not start TensorFlow's context, so `strategy` may still
    follow.

    Args:
        name: `"auto"`, or one of `"one_device"`, `"mirrored"`, `"multi_worker"`, `"tpu"`.

    Returns:
        A pair: the strategy's name, and the reason in one sentence.

    Raises:
        ValueError: if `name` is unknown, or TF_CONFIG is set and wrong.

    Example:

    >>> keras_transfer.distribution.explain()
    ('one_device', 'There is no GPU and no other worker: one CPU trains.')
    """
    if name not in NAMES:
        close = difflib.get_close_matches(str(name).lower().replace("-", "_"), NAMES, n=1)
        hint = f" Did you mean {close[0]!r}?" if close else ""
        raise ValueError(f"`name` must be one of {NAMES}. Received: name={name!r}.{hint}")
    if name != "auto":
        return name, f"{name!r} was asked for by name."
    cluster = read_cluster()
    if cluster and len(cluster.addresses) > 1:
        count = len(cluster.addresses)
        return "multi_worker", f"{cluster.source} names {count} workers, of which this is {describe(cluster)}."
    tpu = tpu_address()
    if tpu is not None:
        return "tpu", f"The environment names a TPU ({tpu})."
    gpus = len(tf.config.list_physical_devices("GPU"))
    if gpus > 1:
        return "mirrored", f"This host has {gpus} GPUs and there is no other worker."
    if gpus == 1:
        return "one_device", "There is one GPU and no other worker."
    return "one_device", "There is no GPU and no other worker: one CPU trains."


def describe(cluster):
    """Return the name of this process in a cluster, such as `worker 1` or `worker 0, the chief`."""
    place = f"{cluster.task_type} {cluster.task_index}"
    return f"{place}, the chief" if cluster.chief and cluster.task_type != "chief" else place


def tpu_address():
    """Return the TPU's name for TensorFlow's resolver (`"local"` for one on this host), or None without a TPU."""
    if os.environ.get("TPU_NAME"):
        return os.environ["TPU_NAME"]
    return "local" if os.environ.get("TPU_ACCELERATOR_TYPE") and os.path.exists("/dev/accel0") else None
