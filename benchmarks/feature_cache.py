"""Epochs of the head alone, through the frozen encoder and on cached features, in one process.

    python benchmarks/feature_cache.py [--samples 2048] [--side 32] [--width 32] [--epochs 5] [--more 200] [--rounds 3] [--disk]

Both train the same classifier by the recipe `gradual`, whose first epochs are the head's alone, on the same data with the
same seeds, in turns. Through the encoder, an epoch is timed after the first, which traces. On cached features, it is what a
training with `--more` of these epochs takes beyond one with few, both with the cache full. Printed are seconds and processor
seconds, which other work on the machine disturbs less, their ratios, and how far weights and losses of the two differ in the end.
"""

import argparse
import tempfile
import time


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name, default in dict(samples=2048, side=32, width=32, epochs=5, more=200, rounds=3).items():
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

    def now():
        return np.array([time.perf_counter(), time.process_time()])

    class Clock(keras.callbacks.Callback):
        def on_epoch_begin(self, epoch, logs=None):
            self.started = now()

        def on_epoch_end(self, epoch, logs=None):
            times.append(now() - self.started)

    def trained(epochs, cache=None):
        keras.utils.set_random_seed(0)
        model = transfer.classifier(encoders.small_cnn(x.shape[1:], width=arguments.width), 10)
        # The head alone in all epochs but the last.
        options = {"groups": ["head", "*"], "at": [epochs - 1]}
        started = now()
        history = finetuning.finetune(
            model, x, y, "gradual", epochs=epochs, options=options, cache=cache, callbacks=[Clock()], verbose=0
        )
        return history, now() - started

    with tempfile.TemporaryDirectory() as folder:
        ratios = []
        for number in range(arguments.rounds):
            times = []
            plain, _ = trained(arguments.epochs)
            through = np.median(times[1:-1], axis=0)
            cache = finetuning.FeatureCache(f"{folder}/{number}" if arguments.disk else None)
            filled, fill = trained(arguments.epochs, cache)
            short, long = (
                trained(epochs, cache)[1] for epochs in (arguments.epochs, arguments.epochs + arguments.more)
            )
            cached = (long - short) / arguments.more
            ratios.append(through / cached)
            for what, index in (("seconds", 0), ("processor seconds", 1)):
                print(
                    f"epoch of the head, {what}: {through[index]:.4f} through the encoder, {cached[index]:.4f} cached, ratio "
                    f"{ratios[-1][index]:.1f}; whole training that fills the cache {fill[index]:.1f}",
                    flush=True,
                )
            weights = zip(plain.model.get_weights(), filled.model.get_weights(), strict=True)
            apart = max(np.abs(one - other).max() for one, other in weights)
            losses = np.abs(np.subtract(plain.history["loss"], filled.history["loss"])).max()
    seconds, work = np.median(ratios, axis=0)
    print(f"median ratio of seconds {seconds:.1f}, of processor seconds {work:.1f}")
    print(f"weights differ by {apart:.1e}, losses by {losses:.1e}")


if __name__ == "__main__":
    main()
