"""How far a `fit` has gone through its data, and going there again."""

import keras
import tensorflow as tf


class DataPosition:
    """Watches the batches of one `fit`, and takes another `fit` to the same place.

    What is to be repeated depends on the data. Batches of an epoch that has begun are drawn and dropped. Data that runs on
    from epoch to epoch (`steps_per_epoch`) is drawn from its start. `tf.data.Dataset.shuffle` draws a new order whenever an
    iterator is made, so as many are made; a `PyDataset` hears of the epochs that have passed. Datasets of
    `keras_transfer.data` need none of this beyond `set_epoch`.

    Args:
        epoch_iterator: `fit`'s own `EpochIterator`.
    """

    def __init__(self, epoch_iterator):
        self._batches = epoch_iterator
        self._iterators = 0
        self._at_epoch_begin = None
        make = epoch_iterator._get_iterator

        def make_and_count():
            self._iterators += 1
            return make()

        epoch_iterator._get_iterator = make_and_count

    def describe(self):
        """What the data looks like: elements without their batch axis, and batches per epoch if known."""
        spec = keras.tree.map_structure(_element, self._batches._distributed_dataset.element_spec)
        return {"elements": str(spec), "batches per epoch": self._batches.data_adapter.num_batches}

    def epoch_begins(self):
        """Note the position at which an epoch starts."""
        self._at_epoch_begin = self.at_epoch_end()

    def at_epoch_end(self):
        """The position between two epochs."""
        batches = self._batches
        runs_on = batches.steps_per_epoch is not None and batches._current_iterator is not None
        return {
            "iterators": self._iterators,
            "stream": batches._steps_seen if runs_on else 0,
            "known": batches._num_batches,
        }

    def within_epoch(self):
        """The position at which the epoch under way started."""
        return {**self._at_epoch_begin, "known": self._batches._num_batches}

    def go_to(self, position, epoch):
        """Take the data to the start of an epoch.

        Args:
            position: What `at_epoch_end` or `within_epoch` returned in the run before.
            epoch: Number of epochs that have passed.
        """
        batches = self._batches
        if _reshuffles(batches._distributed_dataset):
            for _ in range(position["iterators"] - bool(position["stream"])):
                iter(batches._get_iterator())
        py_dataset = getattr(batches.data_adapter, "py_dataset", None)
        if py_dataset is not None:
            for _ in range(epoch):
                py_dataset.on_epoch_begin()
                py_dataset.on_epoch_end()
        if position["stream"]:
            batches._current_iterator = iter(batches._get_iterator())
            _draw(batches._current_iterator, position["stream"])
            batches._steps_seen = position["stream"]
        batches._num_batches = position["known"]
        self._iterators = position["iterators"]

    def skip(self, count, then):
        """Let the epoch that begins next start with batch number `count`.

        Args:
            count: Batches to draw and drop, a multiple of `steps_per_execution`; None for all of the epoch.
            then: Function called with the last batch drawn, or None, before training goes on.
        """
        batches = self._batches
        steps = batches._enumerate_iterator()  # the generator that Keras makes once an epoch
        at_once = batches.steps_per_execution

        def rest():
            del batches._enumerate_iterator
            drawn, last = 0, None
            for step in steps:
                if count is not None and drawn >= count:
                    then(last)
                    yield step
                    yield from steps
                    return
                if count is not None or batches.steps_per_epoch is not None:  # else nobody asks for these batches
                    last = _draw(step[2], at_once, drawn)
                drawn += at_once
            then(last)

        batches._enumerate_iterator = rest


def _reshuffles(dataset):
    """Whether the dataset, or one it is made of, draws a new order for each of its iterators."""
    dataset = getattr(dataset, "_original_dataset", dataset)
    return isinstance(dataset, tf.data.Dataset) and any(
        getattr(part, "_reshuffle_each_iteration", False) for part in _parts(dataset)
    )


def _parts(dataset):
    yield dataset
    for source in dataset._inputs():
        yield from _parts(source)


def _draw(iterator, count, before=0):
    batch = None
    for i in range(count):
        try:
            batch = next(iterator)
        except (StopIteration, tf.errors.OutOfRangeError):
            raise ValueError(
                f"The saved state lies behind more batches than the data has: it ended after {before + i}. Resume with the same "
                "data and batch size, or give another `directory` to start from the beginning."
            ) from None
    return batch


def _element(spec):
    # Where a worker has several replicas, the spec of a distributed dataset holds one spec for each of them.
    spec = getattr(spec, "_value_specs", (spec,))[0]
    shape = getattr(spec, "shape", None)
    if shape is None or shape.rank is None:
        return type(spec).__name__
    return f"{spec.dtype.name} {tuple(shape[1:])}"
