"""One worker of a training in which workers are killed; run by test_launch_resume.py under `launch`.

Usage, with TF_CONFIG set, from the root: python -m tests.distribution.killed_workers FOLDER [WORKER:STEP ...]

In the first start the first of the workers named is killed after its step, in the second start the second, and so on.
"""

import json
import os
import pathlib
import signal
import sys
import warnings

import keras
import numpy as np

import keras_transfer as kt


def noisy(batch, seeds):
    return batch[0] + 0.1 * kt.data.normal(seeds, 6), batch[1]


class Kill(keras.callbacks.Callback):
    def __init__(self, after):
        super().__init__()
        self.after = after

    def on_train_batch_begin(self, batch, logs=None):
        if int(self.model.optimizer.iterations.numpy()) >= self.after:
            os.kill(os.getpid(), signal.SIGKILL)


def main(folder, *kills):
    index = json.loads(os.environ["TF_CONFIG"])["task"]["index"]
    start = len(list(folder.glob(f"start{index}.*")))
    (folder / f"start{index}.{start}").touch()
    strategy = kt.distribution.strategy()
    keras.utils.set_random_seed(3)
    with strategy.scope():
        layers = [keras.Input((6,)), keras.layers.Dense(8, "relu"), keras.layers.Dropout(0.5), keras.layers.Dense(1)]
        model = keras.Sequential(layers)
        model.compile(keras.optimizers.Adam(0.05), "mse", metrics=["mae"])
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(32, 6)).astype(np.float32), rng.normal(size=(32, 1)).astype(np.float32)
    callbacks = [kt.callbacks.Resume(folder / "states", every=1, name="fit")]
    if start < len(kills):
        worker, step = map(int, kills[start].split(":"))
        if worker == index:
            callbacks.append(Kill(step))
    history = model.fit(kt.data.batches((x, y), 8, seed=7, map=noisy), epochs=3, verbose=0, callbacks=callbacks)
    weights = {f"weight {i}": value for i, value in enumerate(model.get_weights())}
    np.savez(folder / f"worker{index}.npz", loss=history.history["loss"], **weights)


if __name__ == "__main__":
    warnings.filterwarnings("ignore", "`shuffle=True` was passed")
    main(pathlib.Path(sys.argv[1]), *sys.argv[2:])
