"""Which strategy to use, and what crosses replicas."""

from keras_transfer.distribution.assign import assign
from keras_transfer.distribution.explain import explain
from keras_transfer.distribution.gather import first_row, gather, replica_count, sum_over_replicas
from keras_transfer.distribution.load_own_share import load_own_share
from keras_transfer.distribution.mend_fit import mend_fit
from keras_transfer.distribution.scaled_learning_rate import scaled_learning_rate
from keras_transfer.distribution.strategy import strategy
from keras_transfer.distribution.summing_over_workers import summing_over_workers

__all__ = [
    "assign",
    "explain",
    "first_row",
    "gather",
    "load_own_share",
    "mend_fit",
    "replica_count",
    "scaled_learning_rate",
    "strategy",
    "sum_over_replicas",
    "summing_over_workers",
]
