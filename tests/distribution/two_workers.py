"""One worker: runs every scenario and writes what came out.

Usage, with TF_CONFIG set, from the root: python -m tests.distribution.two_workers FOLDER REPLICAS
"""

import json
import os
import pathlib
import sys
import warnings

import numpy as np
import tensorflow as tf
from tensorflow.python.distribute import collective_all_reduce_strategy

import keras_transfer as kt
from tests import without_autotuning
from tests.distribution import scenarios


def give_workers_replicas(replicas):
    """Make logical CPU devices count as local devices, as GPUs do: TensorFlow takes one CPU per worker only."""
    tf.config.set_logical_device_configuration(
        tf.config.list_physical_devices("CPU")[0], [tf.config.LogicalDeviceConfiguration()] * replicas
    )
    collective_all_reduce_strategy.CollectiveAllReduceExtended._initialize_local_devices = (
        lambda self, resolver, worker: (
            tuple(f"{worker}/device:CPU:{index}" for index in range(replicas)),
            "CPU",
        )
    )


if __name__ == "__main__":
    without_autotuning.install()
    folder, replicas = pathlib.Path(sys.argv[1]), int(sys.argv[2])
    if replicas > 1:
        give_workers_replicas(replicas)
    strategy = kt.distribution.strategy()
    warnings.filterwarnings("ignore", "`shuffle=True` was passed")
    results = scenarios.everything(strategy)
    index = json.loads(os.environ["TF_CONFIG"])["task"]["index"]
    np.savez(folder / f"worker{index}.npz", replicas=strategy.num_replicas_in_sync, **results)
