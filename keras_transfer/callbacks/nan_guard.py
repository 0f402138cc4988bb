"""Stopping at the first number that is none, or going back to before it."""

import keras
import numpy as np

from keras_transfer.callbacks import fit_loop, model_state, training_state
from keras_transfer.callbacks.batch_recorder import BatchRecorder, save_batch
from keras_transfer.callbacks.is_finite import is_finite
from keras_transfer.distribution.worker_count import worker_count

_KEPT = 16  # batches


class NaNGuard(keras.callbacks.Callback):
    """Raise as soon as a loss or metric is NaN or infinite, naming epoch and batch; or go back and leave that batch out.

    Keras trains on after a NaN and ends without an error. Raising ends the process with one, so that no later stage
    takes what is left for a model. `callbacks.Resume` never writes a state with NaN in it: started again, the training
    goes on from the last good one.

    With `rollback` a copy of the whole state (weights, optimizer, generators, metrics) is kept in memory after each look that
    found nothing wrong. At a NaN, also one in the weights that the loss does not show yet, it is put back, and training goes on
    with the next batch.

    Args:
        every: Batches between two looks at the running loss, `>= 1`; the end of an epoch, with its validation, is always
            looked at. A look waits for the device, and with `rollback` copies the state, so on a GPU with short steps 100 costs
            less than 1.
        rollback: How often to go back, `>= 0`, before raising all the same. 0: raise at once. A NaN of the validation always
            raises: there is no batch to leave out.
        save: Folder for batches that did harm, as `epoch-1-batch-3.npz` with the arrays `x`, `y` ... ; rows that are not finite
            are named in the message. On one device only. None: batches are named by number.

    Raises:
        ValueError: if `every < 1` or `rollback < 0`; from `fit`, if `save` is given under a strategy, or `rollback` with several
            workers.
        FloatingPointError: from `fit`, at the first value that is not finite, or after `rollback` of them.

    Example:
        >>> guard = keras_transfer.callbacks.NaNGuard(rollback=3, save="runs/bad_batches")
        >>> model.fit(data, epochs=10, callbacks=[guard])
    """

    def __init__(self, every=1, rollback=0, save=None):
        super().__init__()
        if every < 1:
            raise ValueError(f"`every` must be >= 1 batches. Received: every={every}")
        if rollback < 0:
            raise ValueError(f"`rollback` must be >= 0 times. Received: rollback={rollback}")
        self.every, self.rollback, self.save = every, rollback, save
        self.rolled_back = 0
        self._epoch = 0
        self._list = self._recorder = None

    def set_model(self, model):
        """Called by Keras."""
        super().set_model(model)
        self._list = fit_loop.enclosing_callback_list(self)

    def on_train_begin(self, logs=None):
        """Begin to keep what is needed."""
        self._good, self._due, self._recorder = None, True, None
        if self.rollback and worker_count(self.model.distribute_strategy) > 1:
            raise ValueError(
                f"`rollback` is for one process. Received: rollback={self.rollback} and several workers. "
                "Use `callbacks.Resume` and `rollback=0`."
            )
        if self.save is not None:
            self._recorder = BatchRecorder(fit_loop.fit_variable(self._list, "epoch_iterator"), _KEPT)

    def on_epoch_begin(self, epoch, logs=None):
        """Remember the epoch."""
        self._epoch = epoch

    def on_train_batch_begin(self, batch, logs=None):
        """Copy the state, if it is time and it is good."""
        if not self.rollback or not self._due:
            return
        values = self._finite_state()
        if values is None:
            self._act({"the weights": "NaN or infinity"}, max(0, batch - 1), "after")
        else:
            self._good = values
            if self._recorder is not None:
                self._recorder.forget()
        self._due = False

    def on_train_batch_end(self, batch, logs=None):
        """Look at the running values."""
        if batch % self.every == 0:
            wrong = _not_finite(logs)
            self._due = True
            if wrong:
                self._act(wrong, batch, "at")

    def on_epoch_end(self, epoch, logs=None):
        """Look at the epoch's values, validation among them."""
        wrong = _not_finite(logs)
        if wrong:
            self._stop(wrong, f"at the end of epoch {epoch + 1}", "")

    def get_state(self):
        """What `callbacks.Resume` keeps."""
        return {"rolled_back": self.rolled_back}

    def set_state(self, state):
        """Take up what `Resume` kept."""
        self.rolled_back = state["rolled_back"]

    def _act(self, wrong, batch, when):
        where, saved = self._blame(batch)
        where = f"{when} {where}"
        if self._good is None or self.rolled_back >= self.rollback:
            self._stop(wrong, where, saved)
        self.rolled_back += 1
        self._put_back()
        self._due = False
        print(
            f"NaNGuard: {_shown(wrong)} {where}. Went back to the last good state, and on without that batch "
            f"({self.rolled_back} of {self.rollback}).{saved}",
            flush=True,
        )

    def _blame(self, batch):
        """Name the batch, and save it."""
        found = None if self._recorder is None else self._recorder.culprit()
        if found is None:
            return f"epoch {self._epoch + 1}, batch {batch + 1}", ""
        back, arrays, places = found
        number = max(1, batch + 1 - back)
        path = save_batch(self.save, f"epoch-{self._epoch + 1}-batch-{number}", arrays)
        self._recorder.forget()
        spoilt = f" It is not finite in {'; '.join(places)}." if places else " All of it is finite."
        return f"epoch {self._epoch + 1}, batch {number}", f" The batch is in {path}.{spoilt}"

    def _stop(self, wrong, where, saved):
        raise FloatingPointError(
            f"{_shown(wrong)} {where}. The weights are spoilt from there on.{saved} Lower the learning rate, clip gradients "
            "(`global_clipnorm=1.0`), or look for NaN in the data; a training with callbacks.Resume starts again from its "
            "last good state."
        )

    def _finite_state(self):
        variables = training_state.state_of(self.model)
        values = model_state.read(variables)
        arrays = model_state.must_be_finite(model_state.signature(variables), values)
        return values if all(is_finite(array) for array in arrays.values()) else None

    def _put_back(self):
        variables = training_state.state_of(self.model)
        kinds = dict(self._good)
        if len(variables["metrics"]) != len(kinds["metrics"]):  # Keras makes some at the first batch
            del kinds["metrics"]
            self.model.reset_metrics()
        model_state.write(variables, kinds)


def _not_finite(logs):
    return {name: float(value) for name, value in (logs or {}).items() if not np.isfinite(value)}


def _shown(wrong):
    return ", ".join(f"{name} = {value}" for name, value in wrong.items())
