"""Stopping at the first number that is none."""

import keras
import numpy as np


class NaNGuard(keras.callbacks.Callback):
    """Raise as soon as a loss or metric is NaN or infinite, naming epoch and batch.

    Keras trains on after a NaN and ends without an error. Raising ends the process with one, so that no later stage
    takes what is left for a model. `callbacks.Resume` never writes a state with NaN in it: started again, the training
    goes on from the last good one.

    Args:
        every: Batches between two looks at the running loss, `>= 1`; the end of an epoch, with its validation, is always
            looked at. A look waits for the device, so on a GPU with short steps 100 costs less than 1.

    Raises:
        ValueError: if `every < 1`.
        FloatingPointError: from `fit`, at the first value that is not finite.

    Example:
        >>> model.fit(data, epochs=10, callbacks=[keras_transfer.callbacks.NaNGuard()])
    """

    def __init__(self, every=1):
        super().__init__()
        if every < 1:
            raise ValueError(f"`every` must be >= 1 batches. Received: every={every}")
        self.every = every
        self._epoch = 0

    def on_epoch_begin(self, epoch, logs=None):
        """Remember the epoch."""
        self._epoch = epoch

    def on_train_batch_end(self, batch, logs=None):
        """Look at the running values."""
        if batch % self.every == 0:
            self._look(logs, f"epoch {self._epoch + 1}, batch {batch + 1}")

    def on_epoch_end(self, epoch, logs=None):
        """Look at the epoch's values, validation among them."""
        self._look(logs, f"the end of epoch {epoch + 1}")

    def _look(self, logs, where):
        wrong = {name: float(value) for name, value in (logs or {}).items() if not np.isfinite(value)}
        if wrong:
            shown = ", ".join(f"{name} = {value}" for name, value in wrong.items())
            raise FloatingPointError(
                f"{shown} at {where}. The weights are spoilt from there on. Lower the learning rate, clip gradients "
                "(`global_clipnorm=1.0`), or look for NaN in the data; a training with callbacks.Resume starts again from its "
                "last good state."
            )
