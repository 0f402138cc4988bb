"""Seconds of one pretraining step, plain and with each option that a project's config has for it.

python -m benchmarks.options            two minutes on two cores
python -m benchmarks.options --steps 8 --batch 64

SimCLR with `small_cnn` on random images of 32 x 32. The options take turns, several times, so that other work on the machine
slows all of them; the median of each is shown beside that of the plain one.
"""

import argparse
import os
import statistics
import time

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

import keras
import numpy as np

import keras_transfer as kt

OPTIONS = {
    "plain": {},
    "pretrain.accumulate=4": {"accumulate": 4},
    "run.steps_per_execution=8": {"steps_per_execution": 8},
    "run.precision=mixed_bfloat16": {"precision": "mixed_bfloat16"},
    "run.xla=on": {"jit_compile": True},
}


def trainer(batch, steps, accumulate=None, precision="float32", steps_per_execution=1, jit_compile=False):
    """A function that trains so many steps and returns the seconds of one."""
    keras.config.set_dtype_policy(precision)
    keras.utils.set_random_seed(0)
    objective = kt.objectives.SimCLR(kt.encoders.small_cnn((32, 32, 3)))
    optimizer = keras.optimizers.AdamW(1e-3, gradient_accumulation_steps=accumulate)
    objective.compile(optimizer, steps_per_execution=steps_per_execution, jit_compile=jit_compile)
    keras.config.set_dtype_policy("float32")
    images = np.random.default_rng(0).random((2, batch, 32, 32, 3), np.float32)
    data = kt.data.batches(np.arange(batch), batch, steps=steps, map=lambda rows, seeds: ((images[0], images[1]),))

    def train():
        began = time.perf_counter()
        objective.fit(data, epochs=1, verbose=0, shuffle=False)
        return (time.perf_counter() - began) / steps

    train()  # compiles
    return train


def main():
    parser = argparse.ArgumentParser(prog="python -m benchmarks.options")
    parser.add_argument("--steps", type=int, default=16)
    parser.add_argument("--batch", type=int, default=64)
    parser.add_argument("--rounds", type=int, default=5)
    arguments = parser.parse_args()
    trainers = {name: trainer(arguments.batch, arguments.steps, **options) for name, options in OPTIONS.items()}
    seconds = {name: [] for name in trainers}
    for _ in range(arguments.rounds):
        for name, train in trainers.items():
            seconds[name].append(train())
    plain = statistics.median(seconds["plain"])
    print(f"| option | ms per step of {arguments.batch} | against plain |\n|---|---|---|")
    for name, found in seconds.items():
        middle = statistics.median(found)
        print(f"| `{name}` | {1000 * middle:.0f} | {middle / plain:.2f} |")


if __name__ == "__main__":
    main()
