"""What each part of ULMFiT's fine-tuning adds, on few labels.

    python benchmarks/ulmfit_ablation.py --encoder ENCODER.keras --npz fashion_fewlabel.npz
    python benchmarks/ulmfit_ablation.py --run runs/RUN --table sentiment.csv.gz --labels 100

Images: the encoder that `pretrain.py` of an image project has saved, and the .npz it was pretrained on. Texts: the run folder
of a text project, which holds encoder and tokenizer, or what `sentiment.py --keep` has kept, and its table. All ways train the
same network on the same labels, with the same augmentation and smoothed labels; each chooses its learning rate, of three, and
whether to go on for twice the passes, on splits of the labels. Prints accuracy on the test part, mean and standard deviation
over seeds, once a training is over.

`discriminative` divides the rate by 2.6 from each group of layers to the one below; `triangular` is the slanted triangular
schedule, which stands in for a constant rate; `gradual` unfreezes from the top.
"""

import argparse
import os
import time

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

import keras
import numpy as np

from keras_transfer import data, finetuning, transfer
from keras_transfer.finetuning.choose_budget import LEARNING_RATES


def grouped(at_once, rate_decay):
    """Arguments for training by groups: all from the beginning, or one after the other."""
    return lambda groups: {
        "recipe": "gradual",
        "options": {"rate_decay": rate_decay, **({"at": [0] * (groups - 1)} if at_once else {})},
    }


def plain(recipe):
    return lambda groups: {"recipe": recipe}


# Name: whether it starts from the pretrained weights, the recipe, the schedule.
WAYS = {
    "scratch": (False, plain("full"), "warmup_cosine"),
    "full, constant rate": (True, plain("full"), "constant"),
    "full + discriminative": (True, grouped(True, 2.6), "constant"),
    "full + triangular": (True, plain("full"), "slanted_triangular"),
    "full + discriminative + triangular": (True, grouped(True, 2.6), "slanted_triangular"),
    "gradual, constant rate": (True, grouped(False, 1.0), "constant"),
    "gradual + triangular": (True, grouped(False, 1.0), "slanted_triangular"),
    "gradual + discriminative + triangular (ULMFiT)": (True, grouped(False, 2.6), "slanted_triangular"),
    "gradual, warm-up cosine (the default)": (True, plain("gradual"), "warmup_cosine"),
    "full, warm-up cosine": (True, plain("full"), "warmup_cosine"),
    "probe, then full (LP-FT)": (True, plain("lpft"), "warmup_cosine"),
    "probe": (True, plain("probe"), "warmup_cosine"),
}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--encoder", help="of images, a .keras file")
    parser.add_argument("--npz", help="x_labelled, y_labelled, x_test, y_test")
    parser.add_argument("--run", help="run folder of a text project")
    parser.add_argument("--table", help="of texts: columns text, label, split")
    parser.add_argument("--labels", type=int, help="of texts: how many to train on; left out: all")
    parser.add_argument("--epochs", type=int, default=30)
    parser.add_argument("--rates", type=float, nargs="+", default=LEARNING_RATES, help="that the search tries")
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--ways", type=int, nargs="+", help="rows to run, from 0; left out: all")
    arguments = parser.parse_args()
    encoder, (x, y), (x_test, y_test), augment = (images if arguments.npz else texts)(arguments)
    classes = int(max(y.max(), y_test.max())) + 1
    print(f"{len(x)} labels, {classes} classes, {len(x_test)} to test on")
    print("| fine-tuned how | accuracy | rate | passes | minutes |\n|---|---|---|---|---|", flush=True)
    for index, (name, (pretrained, settings, schedule)) in enumerate(WAYS.items()):
        if arguments.ways and index not in arguments.ways:
            continue
        started = time.perf_counter()
        groups = len(transfer.layer_groups(transfer.classifier(encoder, classes)))
        training = {**settings(groups), "schedule": schedule, "augment": augment}
        budget, found = measure(encoder, pretrained, classes, (x, y), (x_test, y_test), arguments, training)
        minutes = (time.perf_counter() - started) / 60
        chosen = f"{budget.learning_rate:g} | {budget.epochs} | {minutes:.1f}"
        print(f"| {name} | {np.mean(found):.3f} ± {np.std(found):.3f} | {chosen} |", flush=True)


def measure(encoder, pretrained, classes, labelled, test, arguments, training):
    """The rate and passes that splits of the labels prefer, and the test accuracy of each seed with them."""

    def fresh():
        return transfer.classifier(encoder if pretrained else transfer.copy_of(encoder, weights=False), classes)

    keras.utils.set_random_seed(0)
    recipe = training.pop("recipe")
    search = dict(epochs=arguments.epochs, learning_rates=arguments.rates)
    budget = finetuning.choose_budget(fresh, *labelled, recipe, **search, **training)
    found = []
    for seed in range(arguments.seeds):
        keras.utils.set_random_seed(seed + 1)
        model = fresh()
        trained = finetuning.finetune(
            model,
            *labelled,
            recipe,
            epochs=budget.epochs,
            learning_rate=budget.learning_rate,
            seed=seed,
            verbose=0,
            **training,
        ).model
        found.append(np.mean(transfer.features(trained, test[0]).argmax(axis=1) == test[1]))
    return budget, found


def images(arguments):
    """The encoder, labelled and test images, and the augmentation of the image template."""
    with np.load(arguments.npz) as file:
        arrays = dict(file)
    x, x_test = (arrays[key].astype("float32") / 255 for key in ("x_labelled", "x_test"))
    x, x_test = (part if part.ndim == 4 else part[..., None] for part in (x, x_test))
    flip = data.ViewRecipe.for_images(x.shape[1:]).flip
    weak = data.ViewRecipe.preset("weak", flip=flip)
    labels = (arrays[key].astype(int) for key in ("y_labelled", "y_test"))
    y, y_test = labels
    return (
        transfer.load_model(arguments.encoder),
        (x, y),
        (x_test, y_test),
        lambda batch, seeds: data.view(batch, seeds, weak),
    )


def texts(arguments):
    """The encoder of a text project, and its labelled and test texts as tokens."""
    encoder = transfer.load_model(f"{arguments.run}/encoder.keras")
    tokenizer = data.load_tokenizer(f"{arguments.run}/tokenizer")
    found = data.load_texts(labelled=arguments.table, test=arguments.table)
    x, y = found.x_labelled, found.y_labelled
    if arguments.labels:
        chosen = data.stratified_split(y, arguments.labels / len(y), seed=0)[0]
        x, y = [x[row] for row in chosen], y[chosen]
    length = encoder.input_shape[-1]
    return (
        encoder,
        (tokenizer.rows(x, length)["token_ids"], y),
        (tokenizer.rows(found.x_test, length)["token_ids"], found.y_test),
        None,
    )


if __name__ == "__main__":
    main()
