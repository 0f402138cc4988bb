"""Epochs of the head alone, through the frozen encoder and on cached features, in one process.

    python benchmarks/feature_cache.py [--samples 2048] [--side 32] [--width 32] [--epochs 12] [--rounds 3] [--disk]

Both train the same classifier by the recipe `gradual`, whose first epochs are the head's alone, on the same data with the same
seeds, in turns. Printed are the seconds of one such epoch in each round (the first epoch, which traces, and the single pass that
fills the cache are told apart), their ratio, and how far weights and losses of the two differ in the end.
"""

import argparse
import statistics
import tempfile
import time


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name, default in dict(samples=2048, side=32, width=32, epochs=12, rounds=3).items():
        parser.add_argument(f"--{name}", type=int, default=default)
    parser.add_argument("--disk", action="store_true", help="keep the features in files")
    arguments = parser.parse_args()

    import keras
    import numpy as np

    from keras_transfer import encoders, finetuning, transfer

    random = np.random.default_rng(0)
    x = random.random((arguments.samples, arguments.side, arguments.side, 3), np.float32)
    y = random.integers(0, 10, arguments.samples)
    x[np.arange(len(x)), y % arguments.side] += 0.5  # a bright line for each class

    class Clock(keras.callbacks.Callback):
        def on_epoch_begin(self, epoch, logs=None):
            self.started = time.perf_counter()

        def on_epoch_end(self, epoch, logs=None):
            times.append(time.perf_counter() - self.started)

    def trained(epochs, cache=None):
        keras.utils.set_random_seed(0)
        model = transfer.classifier(encoders.small_cnn(x.shape[1:], width=arguments.width), 10)
        # The head alone in all epochs but the last.
        options = {"groups": ["head", "*"], "at": [epochs - 1]}
        started = time.perf_counter()
        history = finetuning.finetune(
            model, x, y, "gradual", epochs=epochs, options=options, cache=cache, callbacks=[Clock()], verbose=0
        )
        return history, time.perf_counter() - started

    with tempfile.TemporaryDirectory() as folder:
        ratios = []
        for number in range(arguments.rounds):
            times = []
            plain, _ = trained(arguments.epochs)
            through = statistics.median(times[1:-1])
            cache = finetuning.FeatureCache(f"{folder}/{number}" if arguments.disk else None)
            filled, fill = trained(arguments.epochs, cache)
            # The same again, with the cache full, of two lengths: their difference is epochs of the head and nothing else.
            more = 10 * arguments.epochs
            short, long = (min(trained(epochs, cache)[1] for _ in range(2)) for epochs in (arguments.epochs, more))
            cached = (long - short) / (more - arguments.epochs)
            ratios.append(through / cached)
            print(
                f"epoch of the head: {1000 * through:8.1f} ms through the encoder, {1000 * cached:6.1f} ms cached, ratio "
                f"{ratios[-1]:.1f}; whole training that fills the cache {fill:.1f} s",
                flush=True,
            )
            weights = zip(plain.model.get_weights(), filled.model.get_weights(), strict=True)
            apart = max(np.abs(one - other).max() for one, other in weights)
            losses = np.abs(np.subtract(plain.history["loss"], filled.history["loss"])).max()
    print(f"median ratio {statistics.median(ratios):.1f}; weights differ by {apart:.1e}, losses by {losses:.1e}")


if __name__ == "__main__":
    main()
