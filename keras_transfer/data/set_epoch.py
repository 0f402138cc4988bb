"""Which epoch the next pass over a training dataset is."""

import threading
import weakref

_live = weakref.WeakSet()


class EpochCounter:
    """Hands out epoch numbers to one dataset's passes: 0, 1, 2 ..., or from where `set_epoch` put it."""

    def __init__(self):
        self._lock = threading.Lock()
        self._next = 0
        _live.add(self)

    def take(self):
        """The number of the pass that now begins."""
        with self._lock:
            self._next += 1
            return self._next - 1

    def set(self, epoch):
        """Make the pass that begins next number `epoch`."""
        with self._lock:
            self._next = epoch


def set_epoch(epoch):
    """Say which epoch begins, to every shuffled dataset made by `keras_transfer.data` in this process.

    Order and augmentation are a function of (seed, epoch, position). Left alone, a dataset counts its passes: a pass begins
    with the first batch taken from a new iterator. Keras may take one batch before training to learn the shapes, and a
    resumed run starts in the middle, so whoever wants the same order in both calls this at the start of each epoch;
    `callbacks.Resume` does.

    Args:
        epoch: Number of the epoch whose first batch is about to be taken, from 0.

    Raises:
        ValueError: if `epoch` is not a whole number from 0.
    """
    if isinstance(epoch, bool) or int(epoch) != epoch or epoch < 0:
        raise ValueError(f"`epoch` must be a whole number from 0. Received: epoch={epoch!r}")
    for counter in list(_live):
        counter.set(int(epoch))
