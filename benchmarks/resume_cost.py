"""What saving the state costs a training: without, with `callbacks.Resume`, and with Keras's `BackupAndRestore`.

    python -m benchmarks.resume_cost                two minutes on two cores
    python -m benchmarks.resume_cost --width 2048 --every 5

A dense network, so that there is much to save; AdamW keeps twice as much beside it. The ways take turns, and the median of each
counts. What a save costs is the time that its steps take beyond those without, divided by the saves; `Resume` writes, checks and
syncs to disk in a thread, and holds up a step only for the copy.
"""

import argparse
import os
import statistics
import tempfile
import time

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

import keras
import numpy as np

import keras_transfer as kt


def network(width, layers):
    inputs = keras.Input((width,))
    outputs = inputs
    for _ in range(layers):
        outputs = keras.layers.Dense(width, "relu")(outputs)
    model = keras.Model(inputs, keras.layers.Dense(10)(outputs))
    model.compile(keras.optimizers.AdamW(1e-4), keras.losses.SparseCategoricalCrossentropy(from_logits=True))
    return model


def seconds(model, batches, callbacks):
    """Of one epoch, from its first step to the end of the last; what is written afterwards is not waited for."""
    clock = Clock()
    model.fit(batches, epochs=1, verbose=0, shuffle=False, callbacks=[*callbacks, clock])
    return clock.taken


class Clock(keras.callbacks.Callback):
    """Seconds between the beginning of the first step and that of the last, so that a save at the epoch's end is left out."""

    def on_train_batch_begin(self, batch, logs=None):
        """Read the clock."""
        if batch == 0:
            self.began = time.perf_counter()
        self.taken = time.perf_counter() - self.began


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--width", type=int, default=1024)
    parser.add_argument("--layers", type=int, default=6)
    parser.add_argument("--batch", type=int, default=512)
    parser.add_argument("--steps", type=int, default=41)
    parser.add_argument("--every", type=int, default=20, help="steps between two saves")
    parser.add_argument("--rounds", type=int, default=3)
    arguments = parser.parse_args()
    model = network(arguments.width, arguments.layers)
    draw = np.random.default_rng(0)
    x = draw.random((arguments.batch, arguments.width), np.float32)
    y = draw.integers(0, 10, arguments.batch)
    batches = kt.data.batches((x, y), arguments.batch, steps=arguments.steps)
    saves = (arguments.steps - 1) // arguments.every
    ways = {
        "no saving": lambda folder: [],
        "Resume": lambda folder: [kt.callbacks.Resume(folder, every=arguments.every)],
        "BackupAndRestore": lambda folder: [keras.callbacks.BackupAndRestore(folder, save_freq=arguments.every)],
    }
    found = {name: [] for name in ways}
    for turn in range(arguments.rounds + 1):
        for name, callbacks in ways.items():
            with tempfile.TemporaryDirectory() as folder:
                taken = seconds(model, batches, callbacks(folder))
            if turn:  # the first compiles
                found[name].append(taken)
    weights = sum(int(np.prod(one.shape)) for one in [*model.variables, *model.optimizer.variables]) * 4 / 1e6
    print(f"{weights:.0f} MB of state, saved every {arguments.every} steps\n")
    print("| way | ms per step | ms that one save costs |\n|---|---|---|")
    plain = statistics.median(found["no saving"])
    for name, taken in found.items():
        middle = statistics.median(taken)
        cost = f"{1000 * (middle - plain) / saves:.0f}" if name != "no saving" else ""
        print(f"| {name} | {1000 * middle / (arguments.steps - 1):.0f} | {cost} |")


if __name__ == "__main__":
    main()
