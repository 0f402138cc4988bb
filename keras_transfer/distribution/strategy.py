"""One call for one device, many GPUs and many hosts."""

import os
import warnings

import tensorflow as tf

from keras_transfer.distribution.cluster import read_cluster
from keras_transfer.distribution.explain import explain, tpu_address
from keras_transfer.distribution.mend_fit import mend_fit


def strategy(name="auto", devices=None, cluster_resolver=None):
    """Make the `tf.distribute.Strategy` that fits this process.

    Call it first thing in the script, before any layer, tensor or dataset is made: several workers can only be
    connected before TensorFlow has started. Build and compile the model inside `strategy.scope()`; `fit`, `evaluate`
    and `predict` then work as on one device, on batches of the *global* size.

    | name | when `"auto"` picks it | what it is |
    |---|---|---|
    | `"multi_worker"` | TF_CONFIG or SLURM names more than one worker | `tf.distribute.MultiWorkerMirroredStrategy` |
    | `"tpu"` | the environment names a TPU | `tf.distribute.TPUStrategy` |
    | `"mirrored"` | this host has more than one GPU | `tf.distribute.MirroredStrategy` |
    | `"one_device"` | else | TensorFlow's default strategy |

    `distribution.mend_fit` is applied, without which Keras 3.15 cannot `fit` with several workers.

    On Kubernetes the workers are described by TF_CONFIG as well, which the job that `keras-transfer` renders sets for
    every pod: TensorFlow's own Kubernetes resolver knows neither a pod's rank nor its own address.

    Args:
        name: `"auto"` or a name from the table.
        devices: Devices to use, for example `["GPU:0", "GPU:2"]`, for `"mirrored"` and `"one_device"` only.
        cluster_resolver: A `tf.distribute.cluster_resolver.ClusterResolver` to use instead of the environment; for
            `"multi_worker"` and `"tpu"` only.

    Returns:
        A `tf.distribute.Strategy`.

    Raises:
        ValueError: if `name` is unknown, TF_CONFIG is wrong, or an argument does not go with the strategy.
        RuntimeError: if several workers are asked for after TensorFlow has started.

    Example:

    ```python
    strategy = keras_transfer.distribution.strategy()
    with strategy.scope():
        model = keras_transfer.objectives.SimCLR(encoder())
        model.compile(keras_transfer.optimizers.LARS(0.3))
    model.fit(batches, epochs=100)
    ```
    """
    chosen, _ = explain(name)
    if name == "auto" and cluster_resolver is not None:
        chosen = "multi_worker"
    if devices is not None and chosen not in ("mirrored", "one_device"):
        raise ValueError(f"`devices` does not go with the strategy {chosen!r}. Received: devices={devices!r}")
    if cluster_resolver is not None and chosen not in ("multi_worker", "tpu"):
        raise ValueError(f"`cluster_resolver` does not go with the strategy {chosen!r}. Pass name='multi_worker'.")
    mend_fit()
    if chosen == "multi_worker":
        return _multi_worker(cluster_resolver)
    _warn_of_lone_pod()
    if chosen == "tpu":
        return _tpu(cluster_resolver)
    if chosen == "mirrored":
        return _mirrored(devices)
    return _one_device(devices)


def _one_device(devices):
    if devices is None:
        return tf.distribute.get_strategy()
    if isinstance(devices, str):
        devices = [devices]
    if len(devices) != 1:
        raise ValueError(
            f"'one_device' takes one device. Received: devices={devices!r}. Use name='mirrored' for several."
        )
    return tf.distribute.OneDeviceStrategy(devices[0])


def _mirrored(devices):
    made = tf.distribute.MirroredStrategy(devices)
    if made.num_replicas_in_sync == 1:
        warnings.warn(
            f"'mirrored' was asked for, but there is one device to use ({made.extended.worker_devices[0]}): it trains "
            "on one replica. Pass `devices`, or name='one_device' to say that this is meant.",
            stacklevel=3,
        )
    return made


def _multi_worker(cluster_resolver):
    if cluster_resolver is None:
        cluster_resolver = _resolver_from_environment()
    try:
        made = tf.distribute.MultiWorkerMirroredStrategy(cluster_resolver=cluster_resolver)
    except RuntimeError as error:
        if "program startup" not in str(error):
            raise
        raise RuntimeError(
            "Several workers can only be connected before TensorFlow starts, and it has started already. Call "
            "`keras_transfer.distribution.strategy()` first thing in the script, before any layer, optimizer, random "
            "generator, tensor or dataset is made and before devices are counted with `tf.config.list_logical_devices`."
        ) from error
    return made


def _resolver_from_environment():
    cluster = read_cluster()
    if cluster is None:
        raise ValueError(
            "'multi_worker' needs to know the workers, and neither TF_CONFIG nor SLURM names them. Start the script "
            "with `keras-transfer launch --workers N -- python ...`, with `srun`, or set TF_CONFIG in every worker."
        )
    if cluster.source == "TF_CONFIG":
        return tf.distribute.cluster_resolver.TFConfigClusterResolver()
    return tf.distribute.cluster_resolver.SimpleClusterResolver(
        tf.train.ClusterSpec({"worker": list(cluster.addresses)}),
        task_type=cluster.task_type,
        task_id=cluster.task_index,
        num_accelerators={"GPU": len(tf.config.list_physical_devices("GPU"))},
        rpc_layer="grpc",
    )


def _tpu(cluster_resolver):
    if cluster_resolver is None:
        cluster_resolver = tf.distribute.cluster_resolver.TPUClusterResolver(tpu=tpu_address() or "")
    tf.config.experimental_connect_to_cluster(cluster_resolver)
    tf.tpu.experimental.initialize_tpu_system(cluster_resolver)
    return tf.distribute.TPUStrategy(cluster_resolver)


def _warn_of_lone_pod():
    # Set in each pod of a Kubernetes Indexed Job.
    if os.environ.get("JOB_COMPLETION_INDEX", "").isdigit() and read_cluster() is None:
        warnings.warn(
            "This pod is one of a Kubernetes Indexed Job, but TF_CONFIG is not set: it trains alone and knows "
            "nothing of the other pods. The job file that `keras-transfer` renders sets TF_CONFIG.",
            stacklevel=3,
        )
