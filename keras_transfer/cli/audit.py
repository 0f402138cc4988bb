"""`keras-transfer audit`."""

import json
import os
import sys
import time

import click

from keras_transfer.cli.refused import Refused

_PARTS = ("unlabelled", "labelled", "validation", "test")


@click.command(short_help="Look through data before anything is trained on it.")
@click.argument("data", required=False, metavar="[DATA]")
@click.option("--unlabelled", metavar="PATH", help="Data to pretrain on.")
@click.option("--labelled", metavar="PATH", help="Data to fine-tune on.")
@click.option("--validation", metavar="PATH", help="Data to choose by.")
@click.option("--test", metavar="PATH", help="Data for the final figures.")
@click.option(
    "--kind",
    type=click.Choice(["images", "texts", "tagged", "questions", "table"]),
    help="What the data are; tagged: CoNLL files; questions: SQuAD's .json. Default: found from the files.",
)
@click.option(
    "--per", type=click.Choice(["line", "file"]), default="line", show_default=True, help="What is one text in a .txt."
)
@click.option("--label", default="label", show_default=True, metavar="COLUMN", help="The column of a table's classes.")
@click.option("--json", "as_json", is_flag=True, help="Print the findings as JSON.")
def audit(data, kind, per, label, as_json, **parts):
    """Open every file of DATA, and name those that cannot be used, and what else would spoil a training:

    unreadable, cut off, oversized and unsupported files; the same image or text with two labels; duplicates, within a part and
    between training and test; classes that only the test shows; rows and cells of tables that do not fit.

        keras-transfer audit photos/
        keras-transfer audit --labelled photos/sorted --test photos/test

    A folder with sub-folders `train`, `test` and the like is taken apart by their names; so is an .npz by its arrays.

    Exits with 0 if there is nothing to complain of, and with 1 if there is.
    """
    parts = {part: path for part, path in parts.items() if path}
    if bool(data) == bool(parts):
        raise Refused("Name the data once: either DATA, or its parts with --labelled, --test and the like.")
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
    progress = Progress()
    try:
        report = _audit(data, parts, kind, per, label, progress)
    except (OSError, ValueError) as error:
        raise Refused(" ".join(str(error).split())) from error
    finally:
        progress.end()
    click.echo(json.dumps(report.as_dict(), indent=2) if as_json else str(report))
    sys.exit(0 if report.ok else 1)


def _audit(data, parts, kind, per, label, progress):
    from keras_transfer.data import audit, audit_table, audit_texts
    from keras_transfer.data.recognise import recognise_image_parts, recognise_kind

    kind = kind or recognise_kind(data or next(iter(parts.values())))
    if kind == "images":
        return audit(**(parts or recognise_image_parts(data)), progress=progress)
    if kind == "texts":
        return audit_texts(parts or data, per=per, progress=progress)
    if kind in ("tagged", "questions"):
        return audit_texts(parts or data, progress=progress, **{kind: True})
    return audit_table(parts or data, label, progress=progress)


class Progress:
    """A bar on a terminal; off it, a line now and then; on standard error, so that the findings can be piped.

    Args:
        every: Off a terminal, seconds between two lines.
        doing: What is counted, and what is done with it.
    """

    def __init__(self, every=5.0, doing=("looked at", "files")):
        self.every, self.shown, self.doing = every, time.monotonic(), doing
        self.bar = None

    def __call__(self, done, total):
        """Show that so many files of so many have been looked at."""
        if sys.stderr.isatty():
            self._draw(done, total)
        elif time.monotonic() - self.shown >= self.every:
            self.shown = time.monotonic()
            click.echo(f"{self.doing[0]} {done} of {total} {self.doing[1]}", err=True)

    def _draw(self, done, total):
        if self.bar is None:
            from rich.console import Console
            from rich.progress import Progress as Bar

            self.bar = Bar(console=Console(stderr=True), transient=True)
            self.task = self.bar.add_task(" ".join(self.doing), total=total)
            self.bar.start()
        self.bar.update(self.task, completed=done)

    def end(self):
        """Take the bar away."""
        if self.bar is not None:
            self.bar.stop()
