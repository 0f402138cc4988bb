"""Numbers that every worker adds to."""

import numpy as np
import tensorflow as tf

from keras_transfer.distribution.worker_count import worker_count


def summing_over_workers(strategy):
    """Make a function that sums a row of numbers over all workers, who must all call it, at the same points of their runs.

    With several workers it takes one or two milliseconds on one host.

    Args:
        strategy: The strategy of this process.

    Returns:
        A function from a row of numbers, exact up to 2 ** 24, to the NumPy array of their sums: with one worker, the row.

    Example:
        >>> keras_transfer.distribution.summing_over_workers(tf.distribute.get_strategy())([1, 2])
        array([1., 2.], dtype=float32)
    """
    if not isinstance(strategy, tf.distribute.MultiWorkerMirroredStrategy):
        return lambda row: np.asarray(row, np.float32)
    replicas = strategy.num_replicas_in_sync // max(1, worker_count(strategy))

    @tf.function
    def total(row):
        return strategy.reduce("SUM", strategy.run(tf.identity, (row,)), axis=None)

    return lambda row: total(tf.constant(row, tf.float32)).numpy() / replicas
