"""SIGTERM, SIGUSR1 and Ctrl-C: finish the batch, save, leave; and be exact afterwards."""

import os
import signal
import threading
import time

import keras
import numpy as np
import pytest
import tensorflow as tf

from keras_transfer.callbacks import Resume
from tests.callbacks.resume_case import assert_same


class SignalAt(keras.callbacks.Callback):
    """Sends this process a signal from a hook, the n-th time it is called."""

    def __init__(self, hook, number, count=1):
        super().__init__()
        calls = iter(range(1, 1000))

        def send(*args, **kwargs):
            if next(calls) == count:
                os.kill(os.getpid(), number)

        setattr(self, hook, send)


def build():
    keras.utils.set_random_seed(3)
    rng = np.random.default_rng(0)
    x = rng.normal(size=(20, 6)).astype(np.float32)
    dataset = tf.data.Dataset.from_tensor_slices((x, x[:, :1])).batch(4)
    layers = [keras.layers.Dense(8, "relu"), keras.layers.Dropout(0.3), keras.layers.Dense(1)]
    model = keras.Sequential([keras.Input((6,)), *layers])
    model.compile(keras.optimizers.Adam(0.05), "mse", metrics=["mae"])
    return model, {"x": dataset, "validation_data": dataset.take(3), "epochs": 3, "verbose": 0}


def fit(directory, *callbacks, **arguments):
    model, more = build()
    return model, model.fit(**more, callbacks=[Resume(directory, name="run", **arguments), *callbacks])


@pytest.fixture(scope="module")
def quiet(tmp_path_factory):
    return fit(tmp_path_factory.mktemp("quiet"))


def handlers():
    return [signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGUSR1, signal.SIGINT)]


@pytest.mark.parametrize(
    ("hook", "count", "place"),
    [
        ("on_train_batch_begin", 7, "epoch 2, after batch 2"),
        ("on_train_batch_end", 4, "epoch 1, after batch 4"),
        ("on_train_batch_end", 5, "epoch 1, before validation"),
        ("on_test_batch_begin", 5, "epoch 2, before validation"),
        ("on_test_end", 1, "the end of epoch 1"),
        ("on_epoch_begin", 2, "the end of epoch 1"),
        ("on_epoch_end", 3, "the end of epoch 3"),
        ("on_train_end", 1, "the finished fit"),
    ],
)
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGUSR1])
def test_saves_and_leaves(number, hook, count, place, quiet, tmp_path, capsys):
    before = handlers()
    with pytest.raises(SystemExit) as left:
        fit(tmp_path, SignalAt(hook, number, count))
    assert left.value.code == 75
    assert handlers() == before
    assert f"{number.name}: saved {place} in {tmp_path}" in capsys.readouterr().out
    assert_same(quiet, fit(tmp_path))


def test_exit_code_can_be_chosen(tmp_path):
    with pytest.raises(SystemExit) as left:
        fit(tmp_path, SignalAt("on_train_batch_end", signal.SIGTERM, 2), exit_code=9)
    assert left.value.code == 9


def test_interrupt_saves_and_is_raised_again(quiet, tmp_path, capsys):
    with pytest.raises(KeyboardInterrupt):
        fit(tmp_path, SignalAt("on_train_batch_end", signal.SIGINT, 7))
    assert "saved epoch 2, after batch 2" in capsys.readouterr().out
    assert_same(quiet, fit(tmp_path))


def test_second_interrupt_does_not_wait(tmp_path):
    class Impatient(keras.callbacks.Callback):
        def on_train_batch_end(self, batch, logs=None):
            os.kill(os.getpid(), signal.SIGINT)
            os.kill(os.getpid(), signal.SIGINT)
            raise AssertionError("still here")

    with pytest.raises(KeyboardInterrupt):
        fit(tmp_path, Impatient())


def test_handlers_come_back(tmp_path):
    before = handlers()
    during = []

    class Look(keras.callbacks.Callback):
        def on_epoch_begin(self, epoch, logs=None):
            during.append(handlers())

    fit(tmp_path, Look())
    assert handlers() == before
    assert before not in during


def test_signal_after_a_fit_that_failed_goes_to_its_owner(tmp_path):
    class Fail(keras.callbacks.Callback):
        def on_train_batch_end(self, batch, logs=None):
            raise ZeroDivisionError

    received = []
    before = signal.signal(signal.SIGUSR1, lambda number, frame: received.append(number))
    try:
        with pytest.raises(ZeroDivisionError) as failure:  # keeps the frames of the failed fit alive
            fit(tmp_path, Fail())
        os.kill(os.getpid(), signal.SIGUSR1)
        time.sleep(0.01)
        assert received == [signal.SIGUSR1]
        assert failure.value is not None
        assert signal.getsignal(signal.SIGINT) == signal.default_int_handler
    finally:
        signal.signal(signal.SIGUSR1, before)


def test_in_another_thread_signals_are_left_alone(quiet, tmp_path):
    results = []
    thread = threading.Thread(target=lambda: results.append(fit(tmp_path)))
    before = handlers()
    thread.start()
    thread.join()
    assert handlers() == before
    assert_same(quiet, results[0])
