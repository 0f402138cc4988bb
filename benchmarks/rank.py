"""Do scores that train nothing tell which encoder will do best? Their rank correlation with what probing and fine-tuning gave.

    python benchmarks/rank.py [DATA.npz] [--epochs 3] [--limit 4000] [--finetune 15] [--seeds 1]

DATA holds x_unlabelled, x_labelled, y_labelled, x_test, y_test (default: scikit-learn's digits). Encoders of two
widths are pretrained for a few epochs by several objectives, or left random. Each is scored on the labelled images, as
`keras-transfer rank` does; then a probe and the recipe `gradual` are trained on the same images and judged on the test images.
Printed are both, and Kendall's tau and Pearson's r of every score with both accuracies.
"""

import argparse
import time


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", nargs="?")
    for name, default in dict(epochs=3, limit=4000, finetune=15, seeds=1).items():
        parser.add_argument(f"--{name}", type=int, default=default)
    arguments = parser.parse_args()

    import numpy as np
    from scipy.stats import kendalltau, pearsonr

    from keras_transfer.data import load_images
    from keras_transfer.evaluation import RANKED_BY, rank

    images = load_images(*([arguments.data] * 2), test=arguments.data) if arguments.data else load_images()
    x, y = images.x_labelled.astype("float32") / 255, images.y_labelled
    test = images.x_test.astype("float32") / 255, images.y_test
    encoders = pretrained(images, arguments)
    rows = {row["name"]: row for row in rank(encoders, x, y)}
    truth = {}
    for name, encoder in encoders.items():
        truth[name] = [accuracy(encoder, (x, y), test, recipe, arguments) for recipe in ("probe", "gradual")]
        shown = "  ".join(f"{score} {rows[name][score]:.3f}" for score in RANKED_BY)
        print(f"{name:28s} {shown}  | test: probe {truth[name][0]:.4f}  fine-tuned {truth[name][1]:.4f}", flush=True)
    for score in RANKED_BY:
        found = [rows[name][score] for name in encoders]
        columns = np.array([truth[name] for name in encoders]).T
        taus = [kendalltau(found, column).statistic for column in columns]
        rs = [pearsonr(found, column).statistic for column in columns]
        ours = f"Kendall's tau with probe {taus[0]:+.2f}, fine-tuned {taus[1]:+.2f}"
        print(f"{score:8s} {ours}; Pearson's r {rs[0]:+.2f}, {rs[1]:+.2f}")


def pretrained(images, arguments):
    import keras

    from keras_transfer import data, encoders, objectives

    x = images.x_unlabelled[: arguments.limit]
    recipe = data.ViewRecipe.for_images(images.image_shape)
    pairs = {"simclr": objectives.SimCLR, "vicreg": objectives.VICReg, "byol": objectives.BYOL}
    whole = {"autoencoder": objectives.Autoencoder, "denoising": objectives.DenoisingAutoencoder}
    plain = data.ViewRecipe.preset("none")

    def as_it_is(batch, seeds):
        return data.view(batch, seeds, plain)

    found = {}
    for width in (16, 8):
        keras.utils.set_random_seed(width)
        found[f"random, width {width}"] = encoders.small_cnn(images.image_shape, width=width)
        for name, make in {**pairs, **whole}.items():
            if width == 8 and name not in ("simclr", "autoencoder"):
                continue
            started = time.perf_counter()
            keras.utils.set_random_seed(width)
            model = make(encoders.small_cnn(images.image_shape, width=width))
            model.compile(keras.optimizers.AdamW(1e-3))
            if name in pairs:
                batches = data.two_views(x, 128, recipe=recipe)
            else:
                batches = data.batches(x, 128, map=as_it_is)
            model.fit(batches, epochs=arguments.epochs, verbose=0, shuffle=False)
            found[f"{name}, width {width}"] = model.encoder
            print(f"{name}, width {width}: pretrained in {time.perf_counter() - started:.0f} s", flush=True)
    return found


def accuracy(encoder, labelled, test, recipe, arguments):
    import keras
    import numpy as np

    from keras_transfer import finetuning, transfer

    found = []
    for seed in range(arguments.seeds):
        keras.utils.set_random_seed(seed)
        classes = int(labelled[1].max()) + 1
        model = transfer.classifier(encoder, classes)
        model = finetuning.finetune(
            model, *labelled, recipe, epochs=arguments.finetune, learning_rate=3e-3, seed=seed, verbose=0
        ).model
        found.append(np.mean(transfer.features(model, test[0]).argmax(axis=1) == test[1]))
    return float(np.mean(found))


if __name__ == "__main__":
    main()
