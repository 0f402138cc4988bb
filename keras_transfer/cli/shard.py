"""`keras-transfer shard`."""

import os
import shutil
from pathlib import Path

import click

from keras_transfer.cli.audit import Progress
from keras_transfer.cli.refused import Refused


@click.command(short_help="Audit, deduplicate and write large data as shards.")
@click.argument("data", metavar="DATA")
@click.argument("out", metavar="OUT")
@click.option(
    "--kind", type=click.Choice(["images", "texts"]), help="What the data are. Default: found from the files."
)
@click.option("--labels", is_flag=True, help="Images have classes: sub-folders, or the CSV's column `label`.")
@click.option("--size", type=click.IntRange(1), metavar="PIXELS", help="Side of the images. Default: that of all.")
@click.option(
    "--samples", type=click.IntRange(1), default=1024, show_default=True, metavar="N", help="Images in a shard."
)
@click.option("--tokenizer", metavar="DIR", help="Folder of a saved tokenizer, for texts.")
@click.option(
    "--train-tokenizer",
    type=click.Choice(["wordpiece", "bpe", "unigram", "characters", "bytes"]),
    help="Learn such a one from DATA first, and save it in DIR, unless it is there.",
)
@click.option("--vocabulary-size", type=click.IntRange(6), default=8000, show_default=True, metavar="N", help="Of it.")
@click.option(
    "--length", type=click.IntRange(1), default=128, show_default=True, metavar="N", help="Tokens in a window."
)
@click.option(
    "--per", type=click.Choice(["line", "file"]), default="line", show_default=True, help="What is one text in a .txt."
)
@click.option(
    "--on-bad",
    type=click.Choice(["error", "skip"]),
    default="error",
    show_default=True,
    help="What to do with files that cannot be used: name them and stop, or leave them out.",
)
@click.option("--seed", type=int, default=0, show_default=True, help="Of the order of images.")
@click.option(
    "--on",
    type=click.Choice(["processes", "ray"]),
    default="processes",
    show_default=True,
    help="Processes of this machine, or Ray: this machine, or the cluster that RAY_ADDRESS names.",
)
@click.option("--processes", type=click.IntRange(1), metavar="N", help="How many at once. Default: one a core.")
def shard(data, out, train_tokenizer, vocabulary_size, **options):
    """Open every file of DATA, leave out duplicates, and write the rest as shards into OUT, for example

        keras-transfer shard photos/ shards/ --size 96
        keras-transfer shard corpus/ shards/ --tokenizer tokenizer/ --train-tokenizer wordpiece

    Shards are TFRecord files with a manifest of counts and SHA-256; `keras_transfer.data.read_records` reads them. Killed, the
    same command goes on where it was. The shards are the same to the byte whatever number of processes or machines wrote them.
    """
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
    progress = Progress(doing=("wrote", "shards"))
    try:
        from keras_transfer.data import shard as write

        if train_tokenizer:
            _train_tokenizer(data, options["tokenizer"], train_tokenizer, vocabulary_size, options["per"])
        manifest = write(data, out, progress=progress, **options)
    except (OSError, ValueError, ImportError) as error:
        raise Refused(str(error)) from error
    finally:
        progress.end()
    click.echo(
        f"{manifest['samples']} samples in {len(manifest['shards'])} shards in {out}; left out: "
        f"{manifest['duplicates']} duplicates, {len(manifest['unusable'])} files that cannot be used."
    )


def _train_tokenizer(data, folder, kind, vocabulary_size, per):
    from keras_transfer.data import read_documents, train_tokenizer

    if not folder:
        raise Refused("--train-tokenizer needs --tokenizer DIR, the folder to save it in.")
    if Path(folder).exists():
        return
    texts = (document.text for document in read_documents(data, per))
    unfinished = Path(f"{Path(folder)}.{os.getpid()}.part")
    try:
        train_tokenizer(texts, kind, vocabulary_size).save(unfinished)
        unfinished.replace(folder)
    finally:
        shutil.rmtree(unfinished, ignore_errors=True)
