"""Keras 3.15 on several replicas and workers, and on arrays: what is wrong with its `fit`, mended.

All of Keras that is changed is changed in this file.
"""

import warnings

import keras
import tensorflow as tf
from keras.src.backend.tensorflow import trainer
from keras.src.trainers.data_adapters.array_data_adapter import ArrayDataAdapter

from keras_transfer.distribution.without_autotuning import without_autotuning

MENDED = "3.15."

_stock_reduce_per_replica = trainer.reduce_per_replica
_stock_maybe_symbolic_build = trainer.TensorFlowTrainer._maybe_symbolic_build
_stock_make_function = trainer.TensorFlowTrainer._make_function
_stock_get_tf_dataset = ArrayDataAdapter.get_tf_dataset


def mend_fit():
    """Make `fit`, `evaluate` and `predict` of Keras 3.15 work on several workers, and exactly so on several replicas.

    1. Under a strategy, Keras reads a batch before training to learn shapes. With several workers that fails, since it
       averages a nested batch over replicas; elsewhere it costs a generator its first batch and shuffled data its first
       order. Mended: the shapes are those the dataset declares, and no batch is read.
    2. With several workers, Keras averages a step's results, which are scalars, over an axis they do not have, and fails.
       Mended: they are averaged over all replicas of all workers.
    3. With several workers, `compile(steps_per_execution=...)` above 1 makes Keras call a compiled step from within a compiled
       loop, where TensorFlow cannot number the step's collectives. Mended: the steps are called one by one. Callbacks still
       run once per execution; there is no other gain.
    4. The datasets that Keras makes of arrays have tf.data's autotuning, by which the end of a `fit` may stand still for a minute
       (see `benchmarks/iterator_end.py`). Mended: they go without, as those of `keras_transfer.data` do. Your own datasets
       stay as they are.

    Without a strategy only the last one changes anything. Calling this twice changes nothing more. On a version of Keras for
    which the mend was not written, it warns and leaves Keras as it is.

    `distribution.strategy` calls it; call it yourself if you make a strategy yourself, or train on arrays without one.

    Example:

    ```python
    keras_transfer.distribution.mend_fit()
    strategy = tf.distribute.MultiWorkerMirroredStrategy()
    ```
    """
    if not keras.__version__.startswith(MENDED):
        warnings.warn(
            f"Keras {keras.__version__} is not a version whose `fit` was mended and tested here (3.15): it is "
            "used as it is.",
            stacklevel=2,
        )
        return
    trainer.reduce_per_replica = _reduce_per_replica
    trainer.TensorFlowTrainer._maybe_symbolic_build = _maybe_symbolic_build
    trainer.TensorFlowTrainer._make_function = _make_function
    ArrayDataAdapter.get_tf_dataset = _get_tf_dataset


def _reduce_per_replica(values, strategy, reduction):
    if reduction not in ("auto", "mean") or not trainer._collective_all_reduce_multi_worker(strategy):
        return _stock_reduce_per_replica(values, strategy, reduction)

    def mean(value):
        if tf.is_tensor(value) and not isinstance(value, tf.distribute.DistributedValues):
            # The only replica's own result. One that no operation of the replica made (a constant, a variable's value) lacks
            # the device by which TensorFlow tells whose it is.
            with tf.device(strategy.extended.worker_devices[0]):
                value = tf.identity(value)
        return value if value is None else strategy.reduce("MEAN", value, axis=None)

    return keras.tree.map_structure(mean, values)


def _maybe_symbolic_build(self, iterator=None, data_batch=None):
    if self._distribute_strategy is None or iterator is None:
        return _stock_maybe_symbolic_build(self, iterator=iterator, data_batch=data_batch)
    spec = iterator._distributed_dataset.element_spec
    with self._distribute_strategy.scope():
        self._symbolic_build(data_batch=keras.tree.map_structure(_one_replica, spec))


def _one_replica(spec):
    # Where a worker has several replicas, the spec of a distributed dataset holds one spec for each of them.
    return getattr(spec, "_value_specs", (spec,))[0]


def _make_function(self, step_function):
    one_step = _stock_make_function(self, step_function)
    if self.steps_per_execution == 1 or not trainer._collective_all_reduce_multi_worker(self.distribute_strategy):
        return one_step

    def steps(iterator):
        if not isinstance(iterator, tf.distribute.DistributedIterator):  # `train_on_batch`
            return one_step(iterator)
        # The end of the data is looked for outside of the step: one that starts without data still moves the optimizer's count.
        results = None
        for _ in range(self.steps_per_execution):
            batch = iterator.get_next_as_optional()
            if not batch.has_value():
                break
            results = one_step([batch.get_value()])
        if results is None:
            raise StopIteration
        return results

    return steps


def _get_tf_dataset(self):
    return without_autotuning(_stock_get_tf_dataset(self))
