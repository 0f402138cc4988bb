"""`keras-transfer rank`."""

import json
import os
import sys

import click

from keras_transfer.cli.refused import Refused

_SCORES = ("probe", "knn", "log_me", "h_score", "n_leep")


@click.command(short_help="Rank encoders, or the layers of one, for labelled images.")
@click.argument("data", metavar="DATA")
@click.argument("models", nargs=-1, required=True, metavar="MODEL...")
@click.option("--layers", is_flag=True, help="Rank the stages of the only MODEL.")
@click.option(
    "--layer", "named", multiple=True, metavar="PATH", help="Rank this layer of the only MODEL; may be repeated."
)
@click.option("--by", type=click.Choice(_SCORES), default="log_me", show_default=True, help="The score to sort by.")
@click.option("--image-size", type=click.IntRange(min=1), metavar="PIXELS", help="Resize the images to this side.")
@click.option(
    "--most", type=click.IntRange(min=4), default=2000, show_default=True, help="Score at most so many images."
)
@click.option("--seed", type=int, default=0, show_default=True, help="Of the choice of images and of folds.")
@click.option("--json", "as_json", is_flag=True, help="Print the table as JSON.")
def rank(data, models, layers, named, by, image_size, most, seed, as_json):
    """Score each MODEL on the labelled images of DATA, and print the best first. Nothing is fine-tuned.

    DATA is a folder with one sub-folder a class, a CSV (path,label), or an .npz; of a folder or .npz with several parts the
    labelled one is used, never the test part.

    A MODEL is a .keras file, a run's folder, the folder of a keras-hub preset, or one of small_cnn, resnet18 and vit, which
    are taken with random weights.

        keras-transfer rank photos/ runs/simclr runs/vicreg small_cnn
        keras-transfer rank all.npz runs/latest/encoder.keras --layers

    probe and knn are accuracies on images held out in turns; log_me, h_score and n_leep need no held-out images.
    """
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
    try:
        rows, about = _rank(data, models, list(named) or layers, by, image_size, most, seed)
    except (OSError, ValueError) as error:
        raise Refused(" ".join(str(error).split())) from error
    if as_json:
        click.echo(json.dumps({**about, "by": by, "rows": rows}, indent=2))
    else:
        _print(rows, about, by)


def _rank(data, models, layers, by, image_size, most, seed):
    from keras_transfer.data import load_images
    from keras_transfer.data.recognise import recognise_image_parts, recognise_kind
    from keras_transfer.evaluation import rank
    from keras_transfer.evaluation.candidate import candidate

    kind = recognise_kind(data)
    if kind != "images":
        raise ValueError(f"{data} holds {kind}; only encoders of images are ranked. Expected: images with labels.")
    parts = recognise_image_parts(data)
    if "labelled" not in parts:
        raise ValueError(
            f"{data} has no labelled part. Received: {', '.join(parts)}. Expected: one sub-folder a class, a CSV with labels, or "
            "x_labelled."
        )
    images = load_images(labelled=parts["labelled"], image_size=image_size)
    encoders = {}
    for name in models:
        label, encoder = candidate(name, images.image_shape)
        if label in encoders:
            raise ValueError(f"{name} is named twice.")
        encoders[label] = encoder
    pixels = images.x_labelled.astype("float32") / 255
    choices = {"by": by, "layers": layers, "most": most, "seed": seed}
    rows = rank(encoders, pixels, images.y_labelled, **choices, say=lambda line: click.echo(line, err=True))
    return rows, {"samples": min(most, len(pixels)), "classes": images.classes}


def _print(rows, about, by):
    import rich.box
    from rich.console import Console
    from rich.table import Table

    table = Table(box=rich.box.SIMPLE_HEAD)
    for name in ("", "name", *_SCORES, "width", "parameters", "seconds"):
        left = name == "name"
        table.add_column(
            name.replace("_", "-"), justify="left" if left else "right", style="bold" if name == by else None
        )
    for row in rows:
        scores = [f"{row[score]:.3f}" for score in _SCORES]
        table.add_row(
            str(row["rank"]), row["name"], *scores, str(row["width"]), f"{row['parameters']:,}", f"{row['seconds']:.2f}"
        )
    # Off a terminal there is no width to keep to.
    console = Console(highlight=False, width=None if sys.stdout.isatty() else 140)
    console.print(f"{about['samples']} labelled images of {about['classes']} classes, sorted by {by}", markup=False)
    console.print(table)
