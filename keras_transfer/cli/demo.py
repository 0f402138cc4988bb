"""`keras-transfer demo`."""

import json
import os
import shlex
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import click

from keras_transfer.cli.quiet_stderr import pass_on
from keras_transfer.cli.refused import Refused
from keras_transfer.cli.signals import sigterm_raises
from keras_transfer.score_name import score_name

DIRECTORY = "keras-transfer-demo"
_ROWS = {
    "majority": "most frequent class",
    "random_encoder": "random frozen encoder",
    "scratch": "trained from scratch",
    "probe": "pretrained, linear probe",
    "finetuned": "pretrained, fine-tuned",
}


@click.command(short_help="Make a project with embedded data, run it, show what pretraining gained.")
@click.option("--dir", "directory", default=DIRECTORY, show_default=True, metavar="DIR", help="Where the project goes.")
@click.option("--keep/--no-keep", default=True, show_default=True, help="Whether the project stays when all is done.")
@click.option("--template", default="image", show_default=True, metavar="NAME|PATH", help="Which template.")
@click.option("--set", "settings", multiple=True, metavar="KEY=VALUE", help="A setting, such as evaluate.seeds=5.")
@click.option("--json", "as_json", is_flag=True, help="Print the report as JSON; progress goes to standard error.")
def demo(directory, keep, template, settings, as_json):
    """Make a project with embedded data, run its stages, and show what pretraining gained over training from scratch.

    Takes a few minutes on two CPU cores, and needs no network. A project that is in DIR already, from an earlier demo,
    is run as it is: change it and look what that does.
    """
    from keras_transfer.cli.scaffold_settings import absolute_inputs
    from keras_transfer.cli.scaffold_template import load_template

    loaded = load_template(template)
    if not loaded.stages:
        raise Refused(f"the template {loaded.name} names no `stages`")
    settings, notes = absolute_inputs(settings, loaded.fields()) if loaded.schema else (settings, [])
    made = _prepare(directory, loaded, settings)
    say = _sayer(as_json)
    for line in [*notes, f"{'Made' if made else 'Using'} the project {directory}."]:
        say(line)
    start = time.monotonic()
    try:
        # A project that was just made has the settings in its config.
        _run_stages(Path(directory), loaded.stages, () if made else settings, say, as_json)
        report = _read_report(Path(directory))
    finally:
        if made and not keep:
            shutil.rmtree(directory)
    if as_json:
        click.echo(json.dumps(report, indent=2))
        return
    _show(report, time.monotonic() - start)
    _show_next(directory if keep or not made else None, loaded)


def _prepare(directory, template, settings):
    """Make the project, unless DIR holds one from this template; returns whether it was made."""
    from keras_transfer.cli.scaffold import draft_project
    from keras_transfer.cli.scaffold_names import check_name, check_target
    from keras_transfer.cli.scaffold_place import place
    from keras_transfer.cli.scaffold_record import RECORD, load_record

    if (Path(directory) / RECORD).is_file():
        found = load_record(directory).template
        if found != template.source:
            raise Refused(f"{directory}: holds a project from another template ({found}); choose another folder")
        return False
    target = check_target(directory)
    check_name(target.name)
    place(draft_project(template, target.name, settings=settings).all_files(), target)
    return True


def _run_stages(folder, stages, settings, say, as_json):
    overrides = [part for setting in settings for part in ("--set", setting)]
    for number, script in enumerate(stages, 1):
        say(f"\n[{number}/{len(stages)}] {shlex.join(['python', script, *overrides])}")
        output = 2 if as_json else None  # for a reader of JSON, what the stages print is progress
        environment = {"TF_CPP_MIN_LOG_LEVEL": "2", **os.environ}
        process = subprocess.Popen(
            [sys.executable, script, *overrides], cwd=folder, stdout=output, stderr=subprocess.PIPE, env=environment
        )
        errors = pass_on(process.stderr)
        code = _wait(process)
        errors.join()
        if code in (130, -signal.SIGINT):
            raise click.Abort
        if code:
            raise Refused(
                f"{script} ended with exit code {code}; what it said is above, the project is {folder}", exit_code=1
            )


def _wait(process):
    """Exit code of a stage; whatever ends the demo ends the stage first."""
    with sigterm_raises():
        try:
            return process.wait()
        except KeyboardInterrupt:
            return process.wait()  # the terminal has interrupted it as well
        except SystemExit:
            process.terminate()
            process.wait()
            raise


def _read_report(folder):
    path = folder / "runs" / "latest" / "report.json"
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise Refused(f"{path}: cannot be read: {error}", exit_code=1) from error


def _show(report, seconds):
    test = report["test"]
    arms = list(test)
    scores = list(test[arms[0]])
    # What there is more of goes down: a terminal is narrow.
    if len(arms) >= len(scores):
        lines = [[_words(arm), *(_score(test[arm][score]) for score in scores)] for arm in arms]
        heads = scores
    else:
        lines = [[_words(score), *(_score(test[arm][score]) for arm in arms)] for score in scores]
        heads = arms
    table = [["on the test data", *map(_words, heads)], *lines]
    widths = [max(map(len, column)) for column in zip(*table, strict=True)]
    click.echo()
    for row in table:
        click.echo("   ".join(f"{cell:<{width}}" for cell, width in zip(row, widths, strict=True)).rstrip())
    click.echo(f"{_spread(test)}; {seconds / 60:.1f} minutes in all")
    if report.get("verdict"):
        click.echo(report["verdict"])


def _words(name):
    return _ROWS.get(name) or score_name(name)


def _spread(test):
    counts = {_seeds(row[score]) for row in test.values() for score in row}
    if max(counts) == 1:
        return "one seed"
    alone = ", one run where there is no ±" if 1 in counts else ""
    return f"mean ± standard deviation over {max(counts)} seeds{alone}"


def _seeds(score):
    return len(score["seeds"]) if isinstance(score["seeds"], list) else score["seeds"]


def _score(score):
    return f"{score['mean']:.3f}" + (f" ± {score['std']:.3f}" if _seeds(score) > 1 else "")


def _show_next(directory, template):
    if directory is None:
        click.echo("\nNext: keras-transfer new my-project")
        return
    click.echo(f"\nThe project is in {directory}, its report in runs/latest. Next:")
    for command in (f"cd {shlex.quote(directory)}", *template.next[1:]):
        click.echo(f"  {command}")
    own = {
        "image-text": "--template image-text --set data.pairs=CSV",
        "text": "--template text --set data.unlabelled=CSV --set data.labelled=CSV",
    }.get(template.name, "--set data.unlabelled=PHOTOS --set data.labelled=CSV")
    click.echo(f"With data of your own:\n  keras-transfer new my-project {own}")


def _sayer(as_json):
    return lambda line: click.echo(line, err=as_json)
