"""Keras 3.15 under MultiWorkerMirroredStrategy: the two places where `fit` fails, mended.

All of Keras that is changed is changed in this file.
"""

import warnings

import keras
from keras.src.backend.tensorflow import trainer

MENDED = "3.15."

_stock_reduce_per_replica = trainer.reduce_per_replica
_stock_maybe_symbolic_build = trainer.TensorFlowTrainer._maybe_symbolic_build


def mend_multi_worker_fit():
    """Make `fit`, `evaluate` and `predict` of Keras 3.15 work under `tf.distribute.MultiWorkerMirroredStrategy`.

    Stock Keras fails at two places: it builds an unbuilt model from a batch reduced over the workers, which
    TensorFlow cannot do for a nested batch, and it averages the step's results (scalars) over an axis they do not
    have. Afterwards the model is built from the shapes of a worker's own batch, and results are averaged over all
    replicas of all workers.

    Every other strategy goes through Keras' own code, before and after. Calling this twice changes nothing more. On a
    version of Keras for which the mend was not written, it warns and leaves Keras as it is.

    `distribution.strategy("multi_worker")` calls it; call it yourself if you make the strategy yourself.

    Example:

    ```python
    keras_transfer.distribution.mend_multi_worker_fit()
    strategy = tf.distribute.MultiWorkerMirroredStrategy()
    ```
    """
    if not keras.__version__.startswith(MENDED):
        warnings.warn(
            f"Keras {keras.__version__} is not a version whose `fit` with several workers was mended and tested here "
            "(3.15): it is used as it is.",
            stacklevel=2,
        )
        return
    trainer.reduce_per_replica = _reduce_per_replica
    trainer.TensorFlowTrainer._maybe_symbolic_build = _maybe_symbolic_build


def _reduce_per_replica(values, strategy, reduction):
    if reduction in ("auto", "mean") and trainer._collective_all_reduce_multi_worker(strategy):
        return keras.tree.map_structure(lambda value: strategy.reduce("MEAN", value, axis=None), values)
    return _stock_reduce_per_replica(values, strategy, reduction)


def _maybe_symbolic_build(self, iterator=None, data_batch=None):
    strategy = self._distribute_strategy
    if strategy is None or iterator is None or not trainer._collective_all_reduce_multi_worker(strategy):
        return _stock_maybe_symbolic_build(self, iterator=iterator, data_batch=data_batch)
    # Shapes are all that is needed: no batch is read, so a generator loses none and a count of epochs is not moved.
    spec = iterator._distributed_dataset.element_spec
    with strategy.scope():
        self._symbolic_build(data_batch=keras.tree.map_structure(_own_spec, spec))


def _own_spec(spec):
    # With several replicas in a worker, the spec of a distributed dataset holds one spec for each of them.
    return getattr(spec, "_value_specs", (spec,))[0]
