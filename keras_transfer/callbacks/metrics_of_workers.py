"""What each worker has counted of an epoch: saved by the chief for all, and given back to each."""

import keras
import numpy as np

from keras_transfer.callbacks import model_state
from keras_transfer.distribution.worker_count import worker_count
from keras_transfer.distribution.worker_place import worker_place


def gather(model, total):
    """Values of a model's metrics on every replica of every worker, who must all call this.

    Sums of sums would be rounded otherwise than the sums of a run that nobody disturbed, so they are not added up here.

    Args:
        model: The model in training.
        total: `summing_over_workers` of its strategy.

    Returns:
        For each variable a list of arrays, one a replica, in the order of the workers.
    """
    strategy = model.distribute_strategy
    metrics = model_state.read({"metrics": model_state.state_variables(model)["metrics"]})["metrics"]
    own = b"".join(copy.tobytes() for copies in metrics for copy in copies)
    rows = np.zeros((worker_count(strategy), len(own)), np.uint8)  # the others add zeros
    rows[worker_place(strategy)] = np.frombuffer(own, np.uint8)
    rows = total(rows.ravel()).astype(np.uint8).reshape(rows.shape)
    gathered, at = [], 0
    for copies in metrics:
        size, one = copies[0].nbytes, copies[0]
        gathered.append([])
        for row in rows:
            for replica in range(len(copies)):
                begin = at + replica * size
                gathered[-1].append(np.frombuffer(row[begin : begin + size].tobytes(), one.dtype).reshape(one.shape))
        at += size * len(copies)
    return gathered


def own_part(metrics, strategy):
    """The part of what `gather` returned that belongs to this worker; of another number of replicas the first worker gets all."""
    workers, place = max(1, worker_count(strategy)), worker_place(strategy)
    if workers == 1:
        return metrics

    def part(copies):
        if isinstance(copies, list) and len(copies) == strategy.num_replicas_in_sync:
            each = len(copies) // workers
            return copies[place * each : (place + 1) * each]
        return copies if place == 0 else keras.tree.map_structure(np.zeros_like, copies)

    return [part(copies) for copies in metrics]
