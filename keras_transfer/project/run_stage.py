"""The command line of a project's scripts."""

import argparse
import contextlib
import inspect
import sys

from keras_transfer.project.choose_run import choose_run
from keras_transfer.project.config_error import ConfigError
from keras_transfer.project.fixed_values import save_snapshot, with_fixed_values
from keras_transfer.project.folder_lock import folder_lock
from keras_transfer.project.load_config import load_config
from keras_transfer.project.run_error import RunError
from keras_transfer.project.run_folder import RunFolder
from keras_transfer.project.set_up import set_up
from keras_transfer.project.share_from_chief import share_from_chief

INTERRUPTED = 130


def run_stage(function, schema, requires=(), argv=None):
    """Run one stage of a project from its command line: `python pretrain.py --set pretrain.epochs=3`.

    Reads `config.yaml` (`--config`), applies `--set key.sub=value`, makes the strategy and sets seed and precision
    (`set_up`), finds the run folder (`--run`, `--resume`), and calls `function(config, run)`, whose name is the stage's
    name and whose docstring is its help. The seconds go to the run's `stages.json`, the settings to its `config.yaml`.

    A stage that requires none begins a run and gets a folder of its own; the others work in the newest run, or in the one
    that `--run` names. What was settled when the run was pretrained (fields with `fixed_by="pretrain"`) holds for them
    too, whatever the config says by then; a note names each such value.

    A killed stage goes on with `--resume`: in its own folder, with `run.resumed` true and `run.progress` as it was left.
    Without `--resume` both begin empty. Of several workers the chief names the folder, and it alone writes.

    Example:

        def pretrain(config, run):
            \"\"\"Pretrain the encoder on the unlabelled images.\"\"\"
            with run.strategy.scope():
                model = build(config)
            model.fit(..., callbacks=[keras_transfer.callbacks.Resume(run.progress)])
            model.encoder.save(run / "encoder.keras")

        if __name__ == "__main__":
            run_stage(pretrain, image_schema())

    In `finetune.py` the last line is `run_stage(finetune, image_schema(), requires=["pretrain"])`.

    Args:
        function: What to run: `function(config, run)` with a `Config` and a `RunFolder`.
        schema: The config's schema.
        requires: Names of stages that must be finished in the run.
        argv: Arguments; by default those of the command line.

    Returns:
        The `RunFolder`.

    Raises:
        SystemExit: with 2 and a line for each problem, if arguments, config or run folder cannot be used; with 130 if
            interrupted from the keyboard.
    """
    stage = function.__name__
    arguments = _parse(function, argv)
    try:
        config = load_config(arguments.config, schema, arguments.set)
        run, config = _enter(stage, schema, config, requires, arguments)
        with _held(run), run.time(stage, resumed=run.resumed):
            if run.is_chief:
                save_snapshot(config, run)
            _say(run, f"{stage}: {run.path}{' (resumed)' if run.resumed else ''}")
            function(config, run)
    except (ConfigError, RunError) as error:
        _fail(str(error))
    except KeyboardInterrupt:
        print(f"interrupted; `python {stage}.py --resume` goes on with it", file=sys.stderr)
        sys.exit(INTERRUPTED)
    if run.is_chief:
        print(f"{stage}: done in {run.seconds[stage]:.1f} s", flush=True)
    return run


def _parse(function, argv):
    parser = argparse.ArgumentParser(description=inspect.getdoc(function), allow_abbrev=False)
    parser.add_argument("--config", default="config.yaml", metavar="FILE", help="settings (default: config.yaml)")
    parser.add_argument(
        "--set", action="append", default=[], metavar="KEY=VALUE", help="change a setting; may be given several times"
    )
    parser.add_argument("--run", metavar="NAME", help="name or path of a run (default: a new one, or the newest)")
    parser.add_argument("--resume", action="store_true", help="go on with what was killed")
    return parser.parse_args(argv)


def _enter(stage, schema, config, requires, arguments):
    """Agree with the other workers on a run, and on the config as this run must see it."""
    from keras_transfer.distribution.cluster import read_cluster

    strategy = set_up(config)
    cluster = read_cluster()
    is_chief = cluster is None or cluster.chief
    answer = None
    if is_chief:
        answer = _choose(stage, schema, config, requires, arguments)
    # The others wait here, so they must hear of an error too.
    kind, _, text = share_from_chief(answer, strategy).partition(":")
    if kind == "error":
        raise RunError(text)
    run = RunFolder(text, stage, kind == "resumed", is_chief, strategy)
    config, notes = with_fixed_values(config, schema, run, stage, run.resumed)
    for note in notes:
        _say(run, f"note: {note}", sys.stderr)
    return run, config


def _held(run):
    return folder_lock(run.path) if run.is_chief else contextlib.nullcontext()


def _choose(stage, schema, config, requires, arguments):
    try:
        run, resumed, notes = choose_run(config.run.dir, stage, requires, arguments.run, arguments.resume)
        with_fixed_values(config, schema, run, stage, resumed)
    except RunError as error:
        return f"error:{error}"
    for note in notes:
        _say(run, f"note: {note}", sys.stderr)
    return f"{'resumed' if resumed else 'new'}:{run.path}"


def _say(run, line, stream=None):
    if run.is_chief:
        print(line, file=stream or sys.stdout, flush=True)


def _fail(lines):
    for line in lines.splitlines():
        print(f"error: {line}", file=sys.stderr)
    sys.exit(2)
