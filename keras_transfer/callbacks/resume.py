"""Going on after a kill as if it had not happened."""

import os
import random
import signal
import warnings

import keras
import numpy as np

from keras_transfer.callbacks import callback_state, model_state
from keras_transfer.callbacks.background_writer import BackgroundWriter
from keras_transfer.callbacks.callback_list import enclosing_callback_list
from keras_transfer.callbacks.checkpoint_lock import CheckpointLock
from keras_transfer.callbacks.checkpoint_store import CheckpointStore, NonFiniteStateError
from keras_transfer.callbacks.preemption import Preemption
from keras_transfer.callbacks.replay import Replay
from keras_transfer.data.set_epoch import set_epoch

_fits_begun = {}  # directory -> number of unnamed fits begun in this process


class Resume(keras.callbacks.Callback):
    """Save the whole state of a training now and then, and after a restart go on with the same bits.

    Run the same script again after a kill (SIGKILL, a crash, pre-emption): `fit` continues at the very batch after the
    last save, and ends with the weights, logs and history of a run that was never interrupted. Saved are all variables
    of model, optimizer and metrics, the state of random generators, the state of the other callbacks, and the place in the
    data. The order of the data is restored for datasets from `keras_transfer.data`, whose order is a function of (seed,
    epoch), and for any dataset that gives the same batches each time it is iterated.

        model.fit(dataset, epochs=100, callbacks=[keras_transfer.callbacks.Resume("runs/pretrain")])

    **Several fits in one script.** Each fit gets a folder of its own below `directory`: `name`, or `fit-1`, `fit-2` ... in
    the order in which the process begins them. On restart a fit that had finished is skipped: its final weights, callbacks
    and history are put back at once, and the script comes to the fit that was cut short. With more `epochs` than before a
    finished fit is continued.

    **Signals.** On SIGTERM and SIGUSR1 the current batch is finished, the state saved, and the process exits with
    `exit_code`. Ctrl-C saves and then raises KeyboardInterrupt; a second Ctrl-C does not wait.

    **Other callbacks** may stand before or after this one in the list. Those of Keras are saved (learning rate on plateau,
    early stopping with its best weights, best checkpoint, history); one of yours takes part by defining `get_state()`, which
    returns a dict of JSON-able values and NumPy arrays, and `set_state(state)`. While a half epoch is being skipped over, no
    other callback is called for the skipped batches.

    **Writing** goes on in a thread while training continues; what is written is checked with SHA-256 when read, and a damaged
    generation is reported and replaced by the one before. A state with NaN in it is never written.

    Args:
        directory: Folder for this run's states.
        every: `"epoch"`, or a number of batches between two saves. The end of the last epoch is always saved.
        keep: Generations to keep.
        name: Name of this fit, a folder name. Default: numbered.
        exit_code: Exit code after SIGTERM and SIGUSR1. 75 means "temporary failure, try again" (`EX_TEMPFAIL`).

    Raises:
        ValueError: if an argument is out of range, the model is not built, or the saved state is that of another model; the
            first variable that differs is named.
        RuntimeError: if another process is writing to the same folder.
        CheckpointDamagedError: if there are saved states and none can be read.
        CheckpointWriteError: before the first batch if the folder cannot be written to, later if the disk is full.
    """

    def __init__(self, directory, every="epoch", keep=2, name=None, exit_code=75):
        super().__init__()
        if every != "epoch" and (isinstance(every, bool) or not isinstance(every, int) or every < 1):
            raise ValueError(f'`every` must be "epoch" or a number of batches from 1. Received: every={every!r}')
        if name is not None and (not name or name in (".", "..") or os.path.basename(name) != name):
            raise ValueError(f"`name` must be a plain folder name. Received: name={name!r}")
        self.directory = os.path.abspath(os.fspath(directory))
        self.every, self.keep, self.name, self.exit_code = every, keep, name, exit_code
        self._list = None
        self._running = False

    # ---- the place among the other callbacks -----------------------------------------------------------------------

    def set_model(self, model):
        """Called by Keras; puts a first and a last callback around all others."""
        super().set_model(model)
        found = enclosing_callback_list(self)
        if found is None:
            raise RuntimeError("`Resume` must be in the list of callbacks given to `fit`; it cannot be called by hand.")
        if not any(isinstance(member, _Edge) and member.resume is self for member in found.callbacks):
            found.callbacks = [_First(self), *found.callbacks, _Last(self)]
        self._list = found

    def _others(self):
        return [member for member in self._list.callbacks if not isinstance(member, _Edge) and member is not self]

    # ---- beginning ---------------------------------------------------------------------------------------------------

    def _begin(self):
        """After every other callback's `on_train_begin`."""
        if not self.model.built:
            raise ValueError(
                f"`Resume` needs a model whose variables exist. Received: {self.model.name}, not built. Start it with "
                "keras.Input, or call it once on a batch, before `fit`."
            )
        folder = os.path.join(self.directory, self.name or self._next_name())
        self._store = CheckpointStore(folder, self.keep)
        self._finished_store = CheckpointStore(os.path.join(folder, "finished"), keep=1)
        self._chief = _is_chief(self.model.distribute_strategy)
        self._lock = None
        if self._chief:
            self._store.prepare()
            self._lock = CheckpointLock(folder)
            self._lock.acquire()
            self._finished_store.prepare()
        self._writer = BackgroundWriter()
        self._epochs = self.params.get("epochs") or 1
        # Epoch under way, epochs done, batches since the last save, batches done in this epoch, whether a save is overdue.
        self._epoch, self._done, self._since_save, self._boundary, self._due = 0, 0, 0, 0, False
        self._replay, self._skipped, self._resumed = None, None, None
        self._running = True
        self._attributes = callback_state.plain_attributes(self._others())
        self._preemption = Preemption(self._in_fit)
        try:
            self._take_up()
        except BaseException:
            self._close()
            raise
        self._preemption.listen()

    def _next_name(self):
        _fits_begun[self.directory] = _fits_begun.get(self.directory, 0) + 1
        return f"fit-{_fits_begun[self.directory]}"

    def _take_up(self):
        finished = self._finished_store.read()
        if finished is not None and (finished.tree["stopped"] or self._epochs <= finished.tree["epoch"]):
            self._skipped = finished.tree
            self._restore(finished.tree)
            self.model._initial_epoch = self._epochs
            self._say(
                f"this fit had finished after {finished.tree['epoch']} epochs; its result is taken from {finished.path}."
            )
            return
        generation = self._store.read()
        if generation is None:
            return
        tree = generation.tree
        self._restore(tree)
        self._report_left_out(tree, generation.path)
        self._done = tree["epoch"]
        self.model.stop_training = tree["stopped"]
        # Keras begins at `_initial_epoch or initial_epoch`, and never sets it back: `_epoch_begins` does.
        self.model._initial_epoch = self._epochs if tree["stopped"] else tree["epoch"]
        self._resumed = tree
        self._say(f"going on from epoch {tree['epoch'] + 1}, batch {tree['batch']}, saved in {generation.path}.")

    def _report_left_out(self, tree, path):
        for key, names in tree["unsaved"].items():
            warnings.warn(
                f"`{key}` changed {names} while training and has no `get_state`/`set_state`: it starts anew, and the run may "
                f"differ from an uninterrupted one. Saved state: {path}",
                stacklevel=2,
            )
        for key in callback_state.without_callback(self._others(), tree["callbacks"]):
            warnings.warn(
                f"State was saved for `{key}`, but `fit` was given no such callback: it is dropped.", stacklevel=2
            )

    # ---- during training ---------------------------------------------------------------------------------------------

    def _epoch_begins_first(self, epoch):
        self.model._initial_epoch = None
        self._epoch, self._boundary = epoch, 0
        set_epoch(epoch)

    def _epoch_begins_last(self, epoch):
        tree, self._resumed = self._resumed, None
        if tree is None or tree["batch"] == 0:
            return
        if tree["epoch"] != epoch:
            raise ValueError(
                f"`fit` began with epoch {epoch + 1}, but the saved state is inside epoch {tree['epoch'] + 1}. "
                "Leave `initial_epoch` as it was in the run that is being resumed."
            )
        self._resumed = tree
        self._replay = Replay(self.model, tree["batch"])
        self.model.train_function = self._replay
        self._awake = self._list.callbacks
        self._list.callbacks = [
            member for member in self._awake if isinstance(member, (_First, keras.callbacks.ProgbarLogger))
        ]

    def _batch_begins(self, batch):
        """Between two batches: `batch` have been trained in this epoch."""
        if self._replay is not None:
            if batch < self._replay.batches:
                return
            self._wake("on_train_batch_begin", batch)
        self._collect()
        self._since_save += batch - self._boundary
        self._boundary = batch
        if self._preemption.received is not None:
            self._save_and_leave(self._epoch, batch)
        if self.every != "epoch" and self._since_save >= self.every:
            self._due = True
        # While the last state is still being written, the next one waits for a later batch, and the batches wait for nothing.
        if self._due and self._writer.idle:
            self._save(self._epoch, batch)

    def _wake(self, hook, *args):
        """Replay is over: everything as it was saved, and the other callbacks take part again."""
        replay, self._replay = self._replay, None
        replay.remove()
        if replay.drawn < replay.batches:
            raise ValueError(
                f"The saved state is after batch {replay.batches} of epoch {self._epoch + 1}, but the data ended after "
                f"{replay.drawn}. Resume with the same data and batch size, or delete {self._store.directory}."
            )
        tree, self._resumed = self._resumed, None
        with self.model.distribute_strategy.scope():
            self.model._symbolic_build(data_batch=replay.data_batch())
        asleep = [member for member in self._awake if member not in self._list.callbacks]
        self._list.callbacks = self._awake
        self._boundary = tree["batch"]
        self._restore(tree)
        for member in asleep:
            getattr(member, hook)(*args)

    def _test_begins(self):
        if self._replay is not None:
            self._wake("on_test_begin")

    def _epoch_ends_first(self, epoch, logs):
        if self._replay is not None:
            self._wake("on_epoch_end", epoch, logs)

    def _epoch_ends_last(self, epoch):
        self._collect()
        self._since_save += (
            self.params.get("steps") or self._boundary + self.model.steps_per_execution
        ) - self._boundary
        self._done = epoch + 1
        if self._preemption.received is not None:
            self._save_and_leave(epoch + 1, 0)
        last = epoch + 1 >= self._epochs or self.model.stop_training
        if last or self.every == "epoch" or self._since_save >= self.every:
            self._due = True
        if self._due and (last or self._writer.idle):
            self._save(epoch + 1, 0)

    # ---- ending ------------------------------------------------------------------------------------------------------

    def _end(self):
        """After every other callback's `on_train_end`."""
        self.model._initial_epoch = None
        try:
            self._report(self._writer.wait())
            if self._skipped is not None:
                self._restore(self._skipped)
            else:
                self._report(self._write(self._finished_store, self._snapshot(self._done, 0)))
            received = self._preemption.received
        finally:
            self._close()
        if received is not None:
            self._leave(received, "the finished fit")

    def _close(self):
        self._running = False
        self._preemption.stop()
        if self._lock is not None:
            self._lock.release()

    def _save_and_leave(self, epoch, batch):
        received = self._preemption.received
        try:
            self._report(self._writer.wait())
            self._save(epoch, batch)
            self._report(self._writer.wait())
        finally:
            self._close()
        self._leave(received, f"epoch {epoch + 1}, batch {batch}")

    def _leave(self, received, what):
        self._say(
            f"{signal.Signals(received).name}: saved {what} in {self._store.directory}. Run the same command to go on."
        )
        if received == signal.SIGINT:
            raise KeyboardInterrupt
        raise SystemExit(self.exit_code)

    # ---- saving and restoring ------------------------------------------------------------------------------------------

    def _save(self, epoch, batch):
        """Copy the state to the host, and write it in the background."""
        self._report(self._writer.wait())
        self._due, self._since_save = False, 0
        tree = self._snapshot(epoch, batch)
        if self._chief:
            self._writer.start(lambda: self._write(self._store, tree))

    def _snapshot(self, epoch, batch):
        variables = model_state.state_variables(self.model)
        others = self._others()
        now = callback_state.plain_attributes(others)
        changed = {
            key: sorted(
                name for name, value in names.items() if value != self._attributes.get(key, {}).get(name, value)
            )
            for key, names in now.items()
        }
        return {
            "epoch": epoch,
            "batch": batch,
            "stopped": bool(self.model.stop_training),
            "signature": model_state.signature(variables),
            "values": model_state.read(variables),
            "global_generator": model_state.read_global_generator(),
            "random": {"python": random.getstate(), "numpy": np.random.get_state()},
            "callbacks": callback_state.get_states(others),
            "unsaved": {key: names for key, names in changed.items() if names},
        }

    def _write(self, store, tree):
        """Write a snapshot; returns what there is to warn of."""
        if not self._chief:
            return None
        finite = model_state.must_be_finite(tree["signature"], tree["values"])
        try:
            store.write(tree, must_be_finite=finite)
        except NonFiniteStateError as error:
            numbers = store.numbers()
            last = f"the last good one stays in {store.path(numbers[-1])}" if numbers else "there is no earlier one"
            return (
                f"The state of epoch {tree['epoch'] + 1}, batch {tree['batch']} was not saved, because {error} holds NaN or "
                f"infinity; {last}. Lower the learning rate, or find the bad batch with `callbacks.NaNGuard`."
            )
        return None

    def _restore(self, tree):
        model, optimizer = self.model, self.model.optimizer
        with model.distribute_strategy.scope():
            if optimizer is not None and not optimizer.built:
                optimizer.build(model.trainable_variables)
        variables = model_state.state_variables(model)
        self._check_model(tree, variables)
        kinds = ["model", "optimizer", "other"]
        if len(variables["metrics"]) == len(tree["values"]["metrics"]):
            kinds.append(
                "metrics"
            )  # before the first batch they may not exist, nor do they count: each epoch resets them
        model_state.write(variables, {kind: tree["values"][kind] for kind in kinds})
        model_state.write_global_generator(tree["global_generator"])
        random.setstate(tree["random"]["python"])
        np.random.set_state(tree["random"]["numpy"])
        callback_state.set_states(self._others(), tree["callbacks"])

    def _check_model(self, tree, variables):
        def of_model(rows):
            return [row for row in rows if row[0] != "metrics"]

        difference = model_state.first_difference(
            of_model(tree["signature"]), of_model(model_state.signature(variables))
        )
        if difference is not None:
            raise ValueError(
                f"{self._store.directory} holds the training of another model: {difference}. Build the same model and "
                "optimizer, or give another `directory` (or delete this one) to start from the beginning."
            )

    # ---- small things ------------------------------------------------------------------------------------------------

    def _collect(self):
        self._report(self._writer.check())

    def _report(self, message):
        if message:
            warnings.warn(message, stacklevel=2)

    def _say(self, message):
        if self._chief:
            print(f"Resume: {message}", flush=True)

    def _in_fit(self, frame):
        while frame is not None:
            if frame.f_locals.get("callbacks") is self._list:
                return self._running
            frame = frame.f_back
        return False


class _Edge(keras.callbacks.Callback):
    """A callback at one end of the list, acting for `Resume` wherever that stands itself.

    None of the hooks is one at the end of a batch: those would make Keras wait for each batch's logs.
    """

    def __init__(self, resume):
        super().__init__()
        self.resume = resume


class _First(_Edge):
    def on_epoch_begin(self, epoch, logs=None):
        self.resume._epoch_begins_first(epoch)

    def on_train_batch_begin(self, batch, logs=None):
        self.resume._batch_begins(batch)

    def on_test_begin(self, logs=None):
        if self.resume._running:
            self.resume._test_begins()

    def on_epoch_end(self, epoch, logs=None):
        self.resume._epoch_ends_first(epoch, logs)


class _Last(_Edge):
    def on_train_begin(self, logs=None):
        self.resume._begin()

    def on_epoch_begin(self, epoch, logs=None):
        self.resume._epoch_begins_last(epoch)

    def on_epoch_end(self, epoch, logs=None):
        self.resume._epoch_ends_last(epoch)

    def on_train_end(self, logs=None):
        self.resume._end()


def _is_chief(strategy):
    resolver = getattr(strategy, "cluster_resolver", None)
    if resolver is None or not resolver.cluster_spec().as_dict():
        return True
    if resolver.task_type == "chief":
        return True
    return resolver.task_type == "worker" and resolver.task_id == 0 and "chief" not in resolver.cluster_spec().as_dict()
