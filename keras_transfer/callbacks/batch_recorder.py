"""The last batches that a `fit` has drawn, to be looked at when one of them did harm."""

import collections
import os

import numpy as np
import tensorflow as tf

from keras_transfer.callbacks.is_finite import is_finite

_TOP = ("x", "y", "sample_weight")


class BatchRecorder:
    """Keeps copies of the last batches that go into the training step.

    Args:
        epoch_iterator: `fit`'s own `EpochIterator`, before the first batch of the training is drawn.
        keep: How many batches.

    Raises:
        ValueError: under a strategy with several replicas, where no process sees the whole batch.
    """

    def __init__(self, epoch_iterator, keep):
        dataset = epoch_iterator._distributed_dataset
        if not isinstance(dataset, tf.data.Dataset):
            raise ValueError(
                "Batches can be saved on one device only: under a strategy no replica sees all of a batch."
            )
        self._names = list(_names(dataset.element_spec))
        self._kept = collections.deque(maxlen=keep)
        options = tf.data.Options()
        options.experimental_optimization.inject_prefetch = False  # a batch is kept when it is asked for, not before
        epoch_iterator._distributed_dataset = dataset.map(self._tee(dataset.element_spec)).with_options(options)

    def culprit(self):
        """The batch to blame: the first of those kept with a NaN or an infinity in it, else the last.

        Returns:
            `(back, arrays, places)`: how many batches were drawn after it; its arrays by name, such as `x` or `x/token_ids`; and
            where it is not finite, such as `x, row 3`. None if nothing was drawn yet.
        """
        for back in range(len(self._kept) - 1, -1, -1):
            arrays = self._kept[len(self._kept) - 1 - back]
            places = [place for name, array in arrays.items() for place in _not_finite(name, array)]
            if places or back == 0:
                return back, arrays, places
        return None

    def forget(self):
        """Drop what was kept: it did no harm, or has been blamed."""
        self._kept.clear()

    def _tee(self, spec):
        single = not isinstance(spec, tuple)

        def tee(*element):
            element = element[0] if single else element
            tensors = [part for part in tf.nest.flatten(element, expand_composites=True) if isinstance(part, tf.Tensor)]
            with tf.control_dependencies([tf.numpy_function(self._keep, tensors, tf.bool)]):
                return tf.nest.map_structure(
                    lambda part: tf.identity(part) if isinstance(part, tf.Tensor) else part, element
                )

        return tee

    def _keep(self, *arrays):
        self._kept.append({name: np.array(array) for name, array in zip(self._names, arrays, strict=False)})
        return True


def save_batch(folder, name, arrays):
    """Write a batch as `folder/name.npz`, without pickle; returns the path."""
    os.makedirs(folder, exist_ok=True)
    path = os.path.join(folder, f"{name}.npz")
    np.savez(path, **{key: array.astype("S") if array.dtype == object else array for key, array in arrays.items()})
    return path


def _names(spec, name=None):
    """Names of a batch's tensors, in the order in which TensorFlow flattens them."""
    if isinstance(spec, dict):
        for key in sorted(spec):
            yield from _names(spec[key], f"{name or 'x'}/{key}")
    elif isinstance(spec, tuple | list):
        for i, part in enumerate(spec):
            yield from _names(part, f"{name}/{i}" if name else _TOP[i] if i < len(_TOP) else str(i))
    elif isinstance(spec, tf.TensorSpec):
        yield name or "x"


def _not_finite(name, array):
    if is_finite(array):
        return
    if array.ndim == 0:
        yield name
        return
    rows = [index for index, row in enumerate(array) if not is_finite(row)]
    yield f"{name}, row {rows[0]}" + (f" and {len(rows) - 1} more" if len(rows) > 1 else "")
