"""Which strategy to use, and what crosses replicas."""

from keras_transfer.distribution.assign import assign
from keras_transfer.distribution.explain import explain
from keras_transfer.distribution.gather import gather, replica_count, sum_over_replicas
from keras_transfer.distribution.mend_multi_worker_fit import mend_multi_worker_fit
from keras_transfer.distribution.scaled_learning_rate import scaled_learning_rate
from keras_transfer.distribution.strategy import strategy

__all__ = [
    "assign",
    "explain",
    "gather",
    "mend_multi_worker_fit",
    "replica_count",
    "scaled_learning_rate",
    "strategy",
    "sum_over_replicas",
]
