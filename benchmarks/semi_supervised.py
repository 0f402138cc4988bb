"""What unlabelled samples are worth with few labels: accuracy on the test part of Fashion-MNIST.

    python benchmarks/semi_supervised.py --data fashion_fewlabel.npz [--labels 5 25] [--methods labels FixMatch] [--seeds 1 2 3]

The file holds x_unlabelled, x_labelled, y_labelled, x_test and y_test, 28 x 28 grey. `labels` trains on the labelled samples
alone. All methods have the same network, started from the same weights for a seed, the same optimizer, schedule, number of
steps and labelled batches, weak views of the labelled samples (crop and flip), and what each has of its own is the library's
default. The test part is looked at once, after training. MeanTeacher's defaults were chosen between four settings at 300 steps
with seed 0, which is not among the seeds here.
"""

import argparse

from table_over_seeds import table_over_seeds

METHODS = ("labels", "PseudoLabels", "FixMatch", "MeanTeacher")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", required=True)
    parser.add_argument("--labels", nargs="+", type=int, default=[5, 25], help="labelled samples of each class")
    parser.add_argument("--methods", nargs="+", choices=METHODS, default=METHODS)
    parser.add_argument("--seeds", nargs="+", type=int, default=[1, 2, 3])
    parser.add_argument("--steps", type=int, default=800)
    parser.add_argument("--batch", type=int, default=32, help="labelled samples of a batch")
    parser.add_argument("--ratio", type=int, default=4, help="unlabelled samples for each labelled one")
    parser.add_argument("--width", type=int, default=16, help="filters of the network's first stage")
    parser.add_argument("--learning-rate", type=float, default=2e-3)
    arguments = parser.parse_args()

    table_over_seeds(
        {count: f"{count} labels a class" for count in arguments.labels},
        arguments.methods,
        arguments.seeds,
        lambda count, seed: load(arguments.data, count, seed),
        lambda method, sets, seed: train(method, sets, seed, arguments),
    )


def train(method, sets, seed, arguments):
    import keras
    import numpy as np

    from keras_transfer import adaptation, data, encoders, optimizers, transfer

    labelled, unlabelled, (x_test, y_test) = sets
    weak = data.ViewRecipe.preset("weak")
    strong = data.ViewRecipe.preset("grey", area=(0.4, 1.0), rotation=15.0, erase=0.5)

    def weak_view(pair, seeds):
        return data.view(pair[0], seeds, weak), pair[1]

    def views(recipes):
        return lambda x, seeds: tuple(
            data.view(x, own, recipe) for recipe, own in zip(recipes, data.split_seeds(seeds, 2), strict=True)
        )

    own_views = {
        "labels": lambda x, seeds: x[:, :1, :1],
        "PseudoLabels": lambda x, seeds: data.view(x, seeds, weak),
        "FixMatch": views((weak, strong)),
        "MeanTeacher": views((weak, weak)),
    }
    keras.utils.set_random_seed(seed)
    encoder = encoders.small_cnn((28, 28, 1), width=arguments.width)
    classifier = transfer.classifier(encoder, classes=10)
    batches = data.paired_batches(
        labelled,
        unlabelled,
        arguments.batch,
        ratio=arguments.ratio,
        map=weak_view,
        unlabelled_map=own_views[method],
        seed=seed,
        steps=arguments.steps,
    )
    optimizer = keras.optimizers.Adam(
        optimizers.WarmupCosine(arguments.learning_rate, arguments.steps, warmup_steps=arguments.steps // 20)
    )
    if method == "labels":
        model = classifier
        model.compile(optimizer, keras.losses.SparseCategoricalCrossentropy(from_logits=True))
        batches = batches.map(lambda inputs, y: (inputs[0], y))
    else:
        options = {} if method == "FixMatch" else {"total_steps": arguments.steps}
        model = getattr(adaptation, method)(classifier, **options)
        model.compile(optimizer)
    model.fit(batches, verbose=0)
    return float(np.mean(model.predict(x_test, batch_size=256, verbose=0).argmax(1) == y_test))


def load(path, count, seed):
    """`count` labelled samples of each class, all others unlabelled, and the test part."""
    import numpy as np

    with np.load(path) as file:
        x, y = file["x_labelled"][..., None], file["y_labelled"]
        unlabelled = file["x_unlabelled"][..., None]
        test = file["x_test"][..., None].astype("float32") / 255, file["y_test"]
    generator = np.random.default_rng(1000 + seed)
    chosen = np.concatenate([generator.permutation(np.flatnonzero(y == label))[:count] for label in np.unique(y)])
    return (x[chosen], y[chosen]), np.concatenate([unlabelled, x]), test


if __name__ == "__main__":
    main()
