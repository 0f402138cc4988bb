"""Time of a training step under `layers.LoRA` beside Keras's own `enable_lora`, on a wide stack of dense layers.

    python benchmarks/lora.py [--width 2048] [--depth 4] [--batch 32] [--rank 8] [--steps 10] [--rounds 5]

Both models start from the same weights, run in turns in one process, and train on the same batch with the same optimizer. Printed
are the median times of a step, their ratio in each round, that of the processor time of all threads, which other work on the
machine disturbs less, and the two losses at the end.
"""

import argparse
import math
import statistics
import time


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name, default in dict(width=2048, depth=4, batch=32, rank=8, steps=10, rounds=5).items():
        parser.add_argument(f"--{name}", type=int, default=default)
    arguments = parser.parse_args()

    import keras
    import numpy as np

    from keras_transfer.layers import LoRA

    def stack():
        keras.utils.set_random_seed(0)
        inputs = hidden = keras.Input((arguments.width,))
        for index in range(arguments.depth):
            hidden = keras.layers.Dense(arguments.width, activation="relu", name=f"dense{index}")(hidden)
        return keras.Model(inputs, hidden)

    def compiled(model):
        model.compile(keras.optimizers.Adam(1e-3), "mse")
        return model

    ours, theirs = LoRA(stack(), rank=arguments.rank), stack()
    inputs = keras.Input((arguments.width,))
    models = {"keras_transfer": compiled(keras.Model(inputs, ours(inputs)))}
    a = iter(ours.trainable_variables[::2])
    for layer in theirs.layers[1:]:
        layer.enable_lora(arguments.rank)
        layer.lora_kernel_a.assign(next(a))
        layer.bias.trainable = False  # as under ours
    models["keras"] = compiled(theirs)
    random = np.random.default_rng(0)
    x, y = (random.normal(size=(arguments.batch, arguments.width)).astype("float32") for _ in range(2))

    def step_time(model):
        started, worked = time.perf_counter(), time.process_time()
        for _ in range(arguments.steps):
            loss = model.train_on_batch(x, y)
        seconds, work = time.perf_counter() - started, time.process_time() - worked
        return seconds / arguments.steps, work / arguments.steps, float(loss)

    for model in models.values():
        step_time(model)  # traces
    times, works, ratios, losses = {name: [] for name in models}, {name: [] for name in models}, [], {}
    for _ in range(arguments.rounds):
        for name, model in models.items():
            seconds, work, losses[name] = step_time(model)
            times[name].append(seconds)
            works[name].append(work)
        ratios.append(times["keras"][-1] / times["keras_transfer"][-1])
    for name, seconds in times.items():
        trained = sum(math.prod(variable.shape) for variable in models[name].trainable_variables)
        print(f"{name:15s} {1000 * statistics.median(seconds):8.2f} ms a step  {trained} trained parameters")
    for what, found in (("time", times), ("processor time", works)):
        print(
            f"ratio of medians, {what}: {statistics.median(found['keras']) / statistics.median(found['keras_transfer']):.2f}"
        )
    print(f"ratio by round: {', '.join(f'{ratio:.2f}' for ratio in ratios)}")
    print(f"losses after the same steps: {', '.join(f'{name} {loss:.6f}' for name, loss in losses.items())}")


if __name__ == "__main__":
    main()
