"""What an objective learns from images without labels: kNN and linear-probe accuracy of its encoder.

    python benchmarks/objectives.py --objective byol --data fashion --npz fashion_fewlabel.npz --epochs 4

Pretrains `encoders.small_cnn` (for masked_autoencoder and simmim_vit a small `encoders.ViT`) on the unlabelled images and prints
one row of a Markdown table: accuracy on the test images of 20 nearest labelled neighbours by cosine and of a logistic regression
on the labelled images, on the encoder's features, on those of the same encoder with random weights (its batch norms have seen the
images), and on raw pixels.

The files hold: fashion  x_unlabelled, x_labelled, y_labelled, x_test, y_test (28 x 28 grey)
                stamps   x_train, class_train, x_test, class_test (64 x 64 RGB); the labels of x_train are used for kNN and
                         probe alone
"""

import argparse
import os
import time

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

import keras
import numpy as np
from sklearn.linear_model import LogisticRegressionCV
from sklearn.metrics import balanced_accuracy_score
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from keras_transfer import data, encoders, objectives, optimizers, transfer


def pairs(images, batch_size, seed):
    return data.two_views(images["unlabelled"], batch_size, seed=seed)


def crops(images, batch_size, seed):
    """Two large and four small crops, all in the size that the encoder takes."""
    x = images["unlabelled"]
    return data.multi_crop(x, batch_size, local_crops=4, local_size=x.shape[1:3], seed=seed)


def labelled_pairs(images, batch_size, seed):
    """Labels among many images without: few labelled ones come several times, a seventh of all; all others have -1."""
    repeats = max(1, round(len(images["unlabelled"]) / 6 / len(images["labelled"])))
    x = np.concatenate([images["unlabelled"]] + repeats * [images["labelled"]])
    y = np.concatenate([np.full(len(images["unlabelled"]), -1)] + repeats * [images["labels"]])
    return data.two_views(x, batch_size, labels=y, seed=seed)


def alone(images, batch_size, seed):
    """Images as they are."""
    return data.batches(
        images["unlabelled"], batch_size, seed=seed, map=lambda batch, seeds: keras.ops.cast(batch, "float32") / 255
    )


def vit(shape, width):
    """Small patches for small images; two stages of `small_cnn` wide."""
    return encoders.ViT(shape, patch_size=4 if shape[0] < 64 else 8, size=(2 * width, 4, 4))


# Encoders other than small_cnn, made from the images' shape and --width.
ENCODERS = {"masked_autoencoder": vit, "simmim_vit": vit}

# Name: the objective around an encoder, given the number of steps; and the dataset it trains on, made from the images. Teachers
# follow faster than in the papers, whose trainings are a thousand times as long.
METHODS = {
    "autoencoder": (lambda encoder, steps: objectives.Autoencoder(encoder), alone),
    "barlow_twins": (lambda encoder, steps: objectives.BarlowTwins(encoder), pairs),
    "byol": (lambda encoder, steps: objectives.BYOL(encoder, momentum=0.97, total_steps=steps), pairs),
    "contractive_autoencoder": (lambda encoder, steps: objectives.ContractiveAutoencoder(encoder), alone),
    "dcl": (lambda encoder, steps: objectives.DCL(encoder, temperature=0.5), pairs),
    "denoising_autoencoder": (lambda encoder, steps: objectives.DenoisingAutoencoder(encoder), alone),
    "dino": (
        lambda encoder, steps: objectives.DINO(encoder, batch_norm=True, momentum=0.97, total_steps=steps),
        crops,
    ),
    "masked_autoencoder": (lambda encoder, steps: objectives.MaskedAutoencoder(encoder, decoder=(64, 2, 4)), alone),
    "moco": (lambda encoder, steps: objectives.MoCo(encoder, momentum=0.97), pairs),
    "moco_v3": (lambda encoder, steps: objectives.MoCoV3(encoder, momentum=0.97, total_steps=steps), pairs),
    "nnclr": (lambda encoder, steps: objectives.NNCLR(encoder, queue_size=2048), pairs),
    "simclr": (lambda encoder, steps: objectives.SimCLR(encoder, temperature=0.5), pairs),
    "simmim": (lambda encoder, steps: objectives.SimMIM(encoder), alone),
    "simmim_vit": (lambda encoder, steps: objectives.SimMIM(encoder), alone),
    "simsiam": (lambda encoder, steps: objectives.SimSiam(encoder), pairs),
    "sparse_autoencoder_kl": (lambda encoder, steps: objectives.SparseAutoencoder(encoder, penalty="kl"), alone),
    "sparse_autoencoder_l1": (lambda encoder, steps: objectives.SparseAutoencoder(encoder, penalty="l1"), alone),
    "sup_con": (lambda encoder, steps: objectives.SupCon(encoder, temperature=0.5), labelled_pairs),
    "swav": (lambda encoder, steps: objectives.SwAV(encoder), crops),
    "variational_autoencoder": (lambda encoder, steps: objectives.VariationalAutoencoder(encoder), alone),
    "vicreg": (lambda encoder, steps: objectives.VICReg(encoder), pairs),
}

HEADER = (
    "| objective | data | epochs | kNN | probe | random encoder kNN | probe | raw pixels kNN | probe | minutes |\n"
    "|---|---|---|---|---|---|---|---|---|---|"
)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--objective", choices=[*sorted(METHODS), "all"], nargs="+", required=True)
    parser.add_argument("--data", choices=["fashion", "stamps"], default="fashion")
    parser.add_argument("--npz", required=True, help="the file of images")
    parser.add_argument("--epochs", type=int, default=4)
    parser.add_argument("--batch", type=int, default=128)
    parser.add_argument(
        "--rate", type=float, help="peak of the learning rate (AdamW, warm-up and cosine): 3e-3, a ViT's 1e-3"
    )
    parser.add_argument("--width", type=int, default=32, help="of the encoder's first stage")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--header", action="store_true", help="print the table's head, too")
    arguments = parser.parse_args()

    images = load(arguments.data, arguments.npz)
    pixels = accuracies(None, images)
    if arguments.header:
        print(HEADER)
    for name in sorted(METHODS) if "all" in arguments.objective else arguments.objective:
        print(row(name, images, pixels, arguments), flush=True)


def row(name, images, pixels, arguments):
    """Pretrain by one objective; a line of the table."""
    keras.utils.set_random_seed(arguments.seed)
    make_encoder = ENCODERS.get(name, encoders.small_cnn)
    encoder = make_encoder(images["test"].shape[1:], width=arguments.width)
    see(encoder, images["unlabelled"])
    random = accuracies(encoder, images)
    start = time.perf_counter()
    objective = pretrain(name, encoder, images, arguments)
    minutes = (time.perf_counter() - start) / 60
    learned = accuracies(objective.encoder, images)
    numbers = [f"{value:.3f}" for value in (*learned, *random, *pixels)]
    cells = [name, arguments.data, str(arguments.epochs), *numbers, f"{minutes:.1f}"]
    return "| " + " | ".join(cells) + " |"


def load(name, path):
    """Unlabelled, labelled and test images as floats in 0..1 with channels last (bytes for the unlabelled), and labels."""
    with np.load(path) as file:
        arrays = dict(file)
    if name == "fashion":
        keys = ("x_unlabelled", "x_labelled", "x_test", "y_labelled", "y_test")
    else:
        keys = ("x_train", "x_train", "x_test", "class_train", "class_test")
    unlabelled, labelled, test, labels, test_labels = (arrays[key] for key in keys)
    images = {"unlabelled": unlabelled, "labelled": labelled, "test": test}
    images = {key: value if value.ndim == 4 else value[..., None] for key, value in images.items()}
    images["test"] = images["test"].astype("float32") / 255
    return {**images, "labels": labels.astype(int), "test_labels": test_labels.astype(int)}


def see(encoder, unlabelled):
    """Give the random encoder's batch norms the statistics of the images: it is the better for it."""
    for start in range(0, min(len(unlabelled), 30 * 256), 256):
        encoder(unlabelled[start : start + 256].astype("float32") / 255, training=True)


def pretrain(name, encoder, images, arguments):
    make, dataset = METHODS[name]
    batches = dataset(images, arguments.batch, arguments.seed)
    steps = arguments.epochs * len(batches)
    objective = make(encoder, steps)
    peak = arguments.rate or (1e-3 if name in ENCODERS else 3e-3)
    rate = optimizers.WarmupCosine(peak, total_steps=steps, warmup_steps=steps // 10)
    objective.compile(keras.optimizers.AdamW(rate, weight_decay=1e-4))
    objective.fit(batches, epochs=arguments.epochs, verbose=0)
    return objective


def accuracies(encoder, images):
    """Of 20 nearest neighbours and of a logistic regression, on the encoder's features or on the pixels.

    Each class counts the same, however many images it has; where all have equally many, that is the accuracy.
    """
    labelled, test = images["labelled"].astype("float32") / 255, images["test"]
    if encoder is not None:
        labelled, test = transfer.features(encoder, labelled), transfer.features(encoder, test)
    labelled, test = labelled.reshape(len(labelled), -1), test.reshape(len(test), -1)
    neighbours = KNeighborsClassifier(20, metric="cosine").fit(labelled, images["labels"])
    probe = LogisticRegressionCV(
        Cs=[0.001, 0.01, 0.1, 1.0],
        cv=5,
        max_iter=2000,
        l1_ratios=(0,),
        scoring="balanced_accuracy",
        class_weight="balanced",
        use_legacy_attributes=False,
    )
    probe = make_pipeline(StandardScaler(), probe).fit(labelled, images["labels"])
    return [balanced_accuracy_score(images["test_labels"], model.predict(test)) for model in (neighbours, probe)]


if __name__ == "__main__":
    main()
