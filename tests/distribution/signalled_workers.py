"""One worker of a training that gets signals; run by test_launch_resume.py under `launch`.

Usage, with TF_CONFIG set, from the root: python -m tests.distribution.signalled_workers FOLDER [WORKER:STEP:SIGNAL ...]

In the first start the first of the workers named gets its signal after that step, in the second start the second, and so on. A
worker named `launcher` sends it to the launcher.
"""

import json
import os
import pathlib
import signal
import sys
import time
import warnings

import keras
import numpy as np

import keras_transfer as kt


def noisy(batch, seeds):
    return batch[0] + 0.1 * kt.data.normal(seeds, 6), batch[1]


def samples():
    rng = np.random.default_rng(0)
    return rng.normal(size=(32, 6)).astype(np.float32), rng.normal(size=(32, 1)).astype(np.float32)


class Signal(keras.callbacks.Callback):
    def __init__(self, after, number, pid):
        super().__init__()
        self.after, self.number, self.pid = after, number, pid

    def on_train_batch_begin(self, batch, logs=None):
        if self.pid and int(self.model.optimizer.iterations.numpy()) >= self.after:
            os.kill(self.pid, self.number)
            if self.pid != os.getpid():
                time.sleep(1)  # the launcher looks around now and then; the training would have ended by then
            self.pid = None


def main(folder, *events):
    index = json.loads(os.environ["TF_CONFIG"])["task"]["index"]
    start = len(list(folder.glob(f"start{index}.*")))
    (folder / f"start{index}.{start}").touch()
    strategy = kt.distribution.strategy()
    keras.utils.set_random_seed(3)
    with strategy.scope():
        layers = [keras.Input((6,)), keras.layers.Dense(8, "relu"), keras.layers.Dropout(0.5), keras.layers.Dense(1)]
        model = keras.Sequential(layers)
        model.compile(keras.optimizers.Adam(0.05), "mse", metrics=["mae"])
    x, y = samples()
    callbacks = [kt.callbacks.Resume(folder / "states", name="fit")]
    if start < len(events):
        worker, step, name = events[start].split(":")
        if worker in (str(index), "launcher" if index == 0 else None):
            pid = os.getppid() if worker == "launcher" else os.getpid()
            callbacks.append(Signal(int(step), signal.Signals[name], pid))
    train = kt.data.read_records(folder.parent / "shards", 8, seed=7, buffer=16, map=noisy, strategy=strategy)
    history = model.fit(train, epochs=3, validation_data=(x, y), verbose=0, callbacks=callbacks)
    weights = {f"weight {i}": value for i, value in enumerate(model.get_weights())}
    np.savez(folder / f"worker{index}.npz", **history.history, **weights)


if __name__ == "__main__":
    warnings.filterwarnings("ignore", "`shuffle=True` was passed")
    main(pathlib.Path(sys.argv[1]), *sys.argv[2:])
