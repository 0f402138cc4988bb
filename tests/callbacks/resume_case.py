"""Runs that are cut short and taken up again within one process, for comparison with a quiet one."""

import keras
import numpy as np

from keras_transfer.callbacks import Resume


class Killed(BaseException):
    """What a test raises in place of a kill: nothing after it runs, as with SIGKILL."""


class KillAt(keras.callbacks.Callback):
    """Raises `Killed` once `batches` batches have been trained in this process."""

    def __init__(self, batches):
        super().__init__()
        self.left = iter(range(batches))

    def on_train_batch_begin(self, batch, logs=None):
        if next(self.left, None) is None:
            raise Killed


def run(build, directory, kills=(), epochs=3, every="epoch", position=-1):
    """Train to the end, killed after each number of batches in `kills`; returns (model, history).

    Args:
        build: Function returning `(model, fit_arguments)`, both fresh; it plays the script that is run again.
        position: Where in the list of callbacks `Resume` stands.
    """
    for batches in [*kills, None]:
        keras.backend.clear_session(free_memory=False)
        model, arguments = build()
        callbacks = list(arguments.pop("callbacks", []))
        if batches is not None:
            callbacks.append(KillAt(batches))
        resume = Resume(directory, every=every, name="run")
        callbacks.insert(position if position >= 0 else len(callbacks), resume)
        try:
            history = model.fit(epochs=epochs, verbose=0, callbacks=callbacks, **arguments)
        except Killed:
            resume._writer.wait()
            continue
        assert batches is None, "the kill came after the end of training"
        return model, history


def assert_same(one, other):
    """The same bits in every variable of model and optimizer, and the same history."""
    (one, one_history), (other, other_history) = one, other
    assert one_history.history == other_history.history
    assert one_history.epoch == other_history.epoch
    variables = [model.variables + model.optimizer.variables for model in (one, other)]
    assert len(variables[0]) == len(variables[1])
    for a, b in zip(*variables, strict=True):
        np.testing.assert_array_equal(a.numpy(), b.numpy(), err_msg=a.path)
