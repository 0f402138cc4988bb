"""Going on after a kill as if it had not happened."""

import os
import signal
import warnings

import keras

from keras_transfer.callbacks import callback_state, fit_loop, metrics_of_workers, model_state, training_state
from keras_transfer.callbacks.background_writer import BackgroundWriter
from keras_transfer.callbacks.checkpoint_lock import CheckpointLock
from keras_transfer.callbacks.checkpoint_store import CheckpointStore, NonFiniteStateError
from keras_transfer.callbacks.data_position import DataPosition
from keras_transfer.callbacks.preemption import SIGNALS, Preemption
from keras_transfer.callbacks.resume_edges import Edge, First, Last
from keras_transfer.data.set_epoch import set_epoch
from keras_transfer.distribution.summing_over_workers import summing_over_workers
from keras_transfer.distribution.worker_count import worker_count
from keras_transfer.distribution.worker_place import worker_place

_fits_begun = {}  # directory -> number of unnamed fits begun in this process


class Resume(keras.callbacks.Callback):
    """Save the whole state of a training now and then, and after a restart go on with the same bits.

    Run the same script again after a kill (SIGKILL, a crash, pre-emption): `fit` continues at the very batch after the
    last save, and ends with the weights, logs and history of a run that was never interrupted. Saved are all variables
    of model, optimizer and metrics, the state of random generators, the state of the other callbacks, and the place in the
    data.

        model.fit(dataset, epochs=100, callbacks=[keras_transfer.callbacks.Resume("runs/pretrain")])

    **Data.** Exact for data that can be repeated: datasets of `keras_transfer.data`, whose order is a function of (seed,
    epoch, position); NumPy arrays; any `tf.data.Dataset` with a seed in its `shuffle`; a `PyDataset` that shuffles in
    `on_epoch_end` with a seed of its own. Batches of a half epoch are drawn again and dropped. Not exact, and nothing to be
    done about it here: `shuffle` without a seed or below a `repeat`, random operations in a parallel `map`.

    **Several fits in one script.** Each fit gets a folder of its own below `directory`: `name`, or `fit-1`, `fit-2` ... in
    the order in which the process begins them. On restart a fit that had finished is skipped: its final weights, callbacks
    and history are put back at once, and the script comes to the fit that was cut short. With more `epochs` than before a
    finished fit is continued.

    **Signals.** On SIGTERM and SIGUSR1 the current batch is finished, the state saved, and the process exits with
    `exit_code`. Ctrl-C saves and then raises KeyboardInterrupt; a second Ctrl-C does not wait. With several workers a signal to
    one of them is one to all.

    **Other callbacks** may stand before or after this one in the list. Those of Keras are saved (learning rate on plateau,
    early stopping with its best weights, best checkpoint, history); one of yours takes part by defining `get_state()`, which
    returns a dict of JSON-able values and NumPy arrays, and `set_state(state)`.

    **Writing** goes on in a thread while training continues; what is written is checked with SHA-256 when read, and a damaged
    generation is reported and replaced by the one before. A state with NaN in it is never written.

    Args:
        directory: Folder for this run's states.
        every: `"epoch"`, or a number of batches between two saves. The end of the last epoch is always saved.
        keep: Generations to keep.
        name: Name of this fit, a folder name. Default: numbered.
        identity: Dict of JSON-able values that say what this run is, such as the seed or a hash of the data. A saved state
            with another identity is refused, and the first key that differs is named.
        exit_code: Exit code after SIGTERM and SIGUSR1. 75 means "temporary failure, try again" (`EX_TEMPFAIL`).

    Raises:
        ValueError: if an argument is out of range, the model is not built, or the saved state is that of another model, other
            data or another identity; the first difference is named.
        RuntimeError: if another process is writing to the same folder.
        CheckpointDamagedError: if there are saved states and none can be read.
        CheckpointWriteError: before the first batch if the folder cannot be written to, later if the disk is full.
    """

    def __init__(self, directory, every="epoch", keep=2, name=None, identity=None, exit_code=75):
        super().__init__()
        if every != "epoch" and (isinstance(every, bool) or not isinstance(every, int) or every < 1):
            raise ValueError(f'`every` must be "epoch" or a number of batches from 1. Received: every={every!r}')
        if name is not None and (not name or name in (".", "..") or os.path.basename(name) != name):
            raise ValueError(f"`name` must be a plain folder name. Received: name={name!r}")
        CheckpointStore(directory, keep)  # checks `keep` before anything is computed
        self.directory = os.path.abspath(os.fspath(directory))
        self.every, self.keep, self.name = every, keep, name
        self.identity, self.exit_code = dict(identity or {}), exit_code
        self._list = None
        self._running = False

    def set_model(self, model):
        """Called by Keras; puts a first and a last callback around all others."""
        super().set_model(model)
        found = fit_loop.enclosing_callback_list(self)
        if found is None:
            raise RuntimeError("`Resume` must be in the list of callbacks given to `fit`; it cannot be called by hand.")
        if not any(isinstance(member, Edge) and member.resume is self for member in found.callbacks):
            found.callbacks = [First(self), *found.callbacks, Last(self)]
        self._list = found

    def _others(self):
        return [member for member in self._list.callbacks if not isinstance(member, Edge) and member is not self]

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
        self._chief = worker_place(self.model.distribute_strategy) == 0
        self._several = worker_count(self.model.distribute_strategy) > 1
        self._over_workers = summing_over_workers(self.model.distribute_strategy)
        self._lock = CheckpointLock(folder)
        self._writer = BackgroundWriter()
        self._preemption = Preemption(alive=lambda frame: self._running and fit_loop.runs_below(self._list, frame))
        self._position = DataPosition(fit_loop.fit_variable(self._list, "epoch_iterator"))
        self._attributes = callback_state.plain_attributes(self._others())
        self._epochs = self.params.get("epochs") or 1
        self._epoch = self._batch = self._done = self._since_save = 0
        self._due = False
        self._taken_up = self._skipped = self._before_test = self._leaving = None
        self._running = True
        try:
            if self._chief:
                self._store.prepare()
                self._lock.acquire()
                self._finished_store.prepare()
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
            self._check(finished.tree)
            self._skipped = finished.tree
            training_state.restore(self.model, self._others(), finished.tree)
            self.model._initial_epoch = self._epochs
            self._say(
                f"this fit had finished after {finished.tree['epoch']} epochs; its result is taken from {finished.path}."
            )
            return
        generation = self._store.read()
        if generation is None:
            return
        tree = generation.tree
        self._check(tree)
        values, strategy = tree["values"], self.model.distribute_strategy
        values["metrics"] = metrics_of_workers.own_part(values["metrics"], strategy)
        training_state.warn_of_lost_state(self._others(), tree, generation.path)
        training_state.restore(self.model, self._others(), tree)
        self._taken_up, self._done = tree, tree["epoch"]
        self.model.stop_training = tree["stopped"]
        # Keras begins at `_initial_epoch or initial_epoch`, and never sets it back: `_epoch_begins` does.
        self.model._initial_epoch = self._epochs if tree["stopped"] else tree["epoch"]
        self._say(f"going on from {_place(tree['epoch'], tree['batch'])}, saved in {generation.path}.")

    def _check(self, tree):
        """Refuse what was saved by another run."""
        training_state.check_same_model(self.model, tree, self._store.directory)
        for what, now in (("data", self._position.describe()), ("identity", self.identity)):
            saved = tree[what]
            for key in [*saved, *(key for key in now if key not in saved)]:
                if saved.get(key) != now.get(key):
                    raise ValueError(
                        f"{self._store.directory} was saved with other {what}: `{key}` was {saved.get(key)!r} and is "
                        f"{now.get(key)!r}. Give another `directory`, or delete this one, to start from the beginning."
                    )
        at_once = self.model.steps_per_execution
        if tree["batch"] and tree["batch"] % at_once:
            raise ValueError(
                f"{self._store.directory} was saved after batch {tree['batch']}, which is no multiple of this model's "
                f"`steps_per_execution`. Received: steps_per_execution={at_once}. Compile with the one used before."
            )

    # ---- during training ---------------------------------------------------------------------------------------------

    def _epoch_begins(self, epoch):
        """Before every other callback's `on_epoch_begin`, and before Keras makes the epoch's iterator."""
        self.model._initial_epoch = None
        self._epoch, self._batch, self._before_test = epoch, 0, None
        tree, self._taken_up = self._taken_up, None
        if tree is not None:
            if tree["epoch"] != epoch:
                raise ValueError(
                    f"`fit` began with epoch {epoch}, but the saved state belongs to epoch {tree['epoch']}, both counted from "
                    "0. Leave `initial_epoch` as it was in the run that is being resumed."
                )
            self._position.go_to(tree["position"], epoch)
        set_epoch(epoch)
        self._epoch_random = training_state.random_state()
        self._position.epoch_begins()
        if tree is not None and tree["batch"] != 0:
            training_state.set_random_state(tree["epoch_random"])
            self._epoch_random = tree["epoch_random"]
            self._position.skip(tree["batch"], then=lambda last: self._within_epoch(tree, last))

    def _within_epoch(self, tree, last_batch):
        """The batches trained before have been drawn, callbacks have seen the epoch begin: everything as it was saved."""
        self._batch = tree["batch"] or 0
        if last_batch is not None:  # metrics that Keras makes at the first batch must exist to be restored
            batch = keras.tree.map_structure(lambda x: None if _is_optional(x) else x, last_batch)
            with self.model.distribute_strategy.scope():
                self.model._symbolic_build(data_batch=batch)
        training_state.restore(self.model, self._others(), tree)
        self._report_logs_of(tree)

    def _report_logs_of(self, tree):
        """If no batch is left in this epoch, Keras would report it with empty logs."""
        stock = self.model._get_metrics_result_or_logs

        def results(logs):
            vars(self.model).pop("_get_metrics_result_or_logs", None)  # `evaluate` asks, too, later
            return tree["logs"] if tree["batch"] is None else stock(logs or tree["logs"])

        self.model._get_metrics_result_or_logs = results

    def _batch_begins(self, batch):
        """Between two batches: `batch` have been trained in this epoch."""
        self._collect()
        self._since_save += batch - self._batch
        self._batch = batch
        if self._asked_to_leave():
            self._save_and_leave(self._epoch, batch)
        if self.every != "epoch" and self._since_save >= self.every:
            self._due = True
        # While the last state is still being written, the next one waits for a later batch, and the batches wait for nothing.
        # Several workers add up their metrics for it, and so must agree on the batch.
        if self._due and (self._writer.idle or self._several):
            self._save(self._epoch, batch, together=self._several)

    def _validation_begins(self):
        if self._chief:
            # Validation resets metrics and may draw random numbers; whoever leaves in the middle of it begins it again.
            self._before_test = model_state.read_generators(self.model)
        self._validation_goes_on()

    def _validation_goes_on(self):
        if self._asked_to_leave():
            self._save_and_leave(self._epoch, None)

    def _epoch_ends(self, epoch):
        """After every other callback's `on_epoch_end`."""
        self._collect()
        self._since_save += max(
            0, (self.params.get("steps") or self._batch + self.model.steps_per_execution) - self._batch
        )
        self._done, self._before_test = epoch + 1, None
        if self._asked_to_leave():
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
                training_state.restore(self.model, self._others(), self._skipped)
            elif self._chief:
                self._report(self._write(self._finished_store, self._snapshot(self._done, 0)))
            self._asked_to_leave()
        finally:
            self._close()
        self._leaving = self._leaving or self._preemption.received
        if self._leaving:
            self._leave("the finished fit")

    def _asked_to_leave(self):
        """Whether a signal has come. With several workers, to any of them: all ask at the same places, and leave together."""
        if self._leaving is None:
            counts = self._over_workers([self._preemption.received == number for number in SIGNALS])
            self._leaving = next((number for number, count in zip(SIGNALS, counts, strict=True) if count), None)
        return self._leaving is not None

    def _save_and_leave(self, epoch, batch):
        try:
            self._save(epoch, batch, together=self._several)
            self._report(self._writer.wait())
        finally:
            self._close()
        self._leave(_place(epoch, batch))

    def _leave(self, what):
        self._say(
            f"{signal.Signals(self._leaving).name}: saved {what} in {self._store.directory}. Run the same command to go on."
        )
        if self._leaving == signal.SIGINT:
            raise KeyboardInterrupt
        raise SystemExit(self.exit_code)

    def _close(self):
        self._running = False
        self._preemption.stop()
        self._lock.release()

    # ---- saving ------------------------------------------------------------------------------------------------------

    def _save(self, epoch, batch, together=False):
        """Copy the state to the host, and write it in the background; `together`: every worker is here, at the same batch."""
        self._report(self._writer.wait())
        self._due, self._since_save = False, 0
        metrics = metrics_of_workers.gather(self.model, self._over_workers) if together else None
        if self._chief:
            tree = self._snapshot(epoch, batch)
            if together:
                tree["values"]["metrics"] = metrics
            self._writer.start(lambda: self._write(self._store, tree))

    def _snapshot(self, epoch, batch):
        """State after `batch` batches of an epoch; None: all of them, validation not yet done."""
        tree = training_state.snapshot(self.model, self._others(), self._attributes)
        tree |= {"epoch": epoch, "batch": batch, "data": self._position.describe(), "identity": self.identity}
        if batch == 0:
            tree["position"] = self._position.at_epoch_end()
            return tree
        tree |= {"position": self._position.within_epoch(), "epoch_random": self._epoch_random}
        logs = fit_loop.fit_variable(self._list, "logs" if batch else "epoch_logs")
        tree["logs"] = keras.tree.map_structure(_on_host, logs)
        if batch is None:
            model_state.replace_generators(tree["values"], self._before_test)
        return tree

    def _write(self, store, tree):
        """Write a snapshot; returns what there is to warn of."""
        try:
            store.write(tree, must_be_finite=training_state.finite_arrays(tree))
        except NonFiniteStateError as error:
            numbers = store.numbers()
            last = f"the last good one stays in {store.path(numbers[-1])}" if numbers else "there is no earlier one"
            return (
                f"The state of {_place(tree['epoch'], tree['batch'])} was not saved, because {error} holds NaN or "
                f"infinity; {last}. Lower the learning rate, or find the bad batch with `callbacks.NaNGuard`."
            )
        return None

    def _collect(self):
        self._report(self._writer.check())

    def _report(self, message):
        if message:
            warnings.warn(message, stacklevel=2)

    def _say(self, message):
        if self._chief:
            print(f"Resume: {message}", flush=True)


def _place(epoch, batch):
    """Where in the training, for people, who count from 1."""
    if batch is None:
        return f"epoch {epoch + 1}, before validation"
    return f"epoch {epoch + 1}, after batch {batch}" if batch or not epoch else f"the end of epoch {epoch}"


def _on_host(value):
    """As Keras hands logs to callbacks: scalars as Python floats."""
    value = value.numpy() if hasattr(value, "numpy") else value
    return float(value) if getattr(value, "ndim", None) == 0 else value


def _is_optional(value):
    return type(value).__name__ == "_OptionalImpl"
