"""Projects made and run within the test process: importing TensorFlow anew would take most of the time."""

import runpy
import sys

from click.testing import CliRunner

from keras_transfer.cli.main import cli

MODULES = ("data", "model", "tasks")


def make(folder, template, *arguments):
    """A project from a template, with the arguments of `keras-transfer new`."""
    done = CliRunner().invoke(cli, ["new", str(folder), "--template", template, "--yes", *arguments])
    assert done.exit_code == 0, done.output
    return folder


def run(project, stage, monkeypatch, *settings):
    """Run a stage's script with settings."""
    monkeypatch.chdir(project)
    monkeypatch.setattr(sys, "argv", [f"{stage}.py", *(part for setting in settings for part in ("--set", setting))])
    monkeypatch.syspath_prepend(str(project))
    for name in MODULES:
        sys.modules.pop(name, None)
    try:
        runpy.run_path(f"{stage}.py", run_name="__main__")
    finally:
        for name in MODULES:
            sys.modules.pop(name, None)
