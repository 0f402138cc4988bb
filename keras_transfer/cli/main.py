"""The command `keras-transfer`."""

import importlib
import sys

import click

from keras_transfer.version import __version__

# Each command is a module of this package with a click command of the same name. The lines are here as well, so that
# `--help` imports none of them.
_COMMANDS = {
    "new": "Make a project from a template.",
    "templates": "List the templates, their questions and choices.",
    "demo": "Make a project with embedded data, run it, show what pretraining gained.",
    "audit": "Look through data before anything is trained on it.",
    "rank": "Rank encoders, or the layers of one, for labelled images.",
    "shard": "Audit, deduplicate and write large data as shards.",
    "doctor": "Check this machine: versions, devices, strategy, one step of training.",
    "launch": "Run a training command as several workers on this host.",
    "cluster": "Write files that run a training command on several hosts.",
    "update": "Bring a project up to date with its template.",
}


class LazyGroup(click.Group):
    """Imports a command when it is run, so that help is quick and needs no TensorFlow."""

    def list_commands(self, ctx):
        """Names of the commands."""
        return list(_COMMANDS)

    def get_command(self, ctx, cmd_name):
        """The command of that name, or `None`."""
        if cmd_name not in _COMMANDS:
            return None
        return getattr(importlib.import_module(f"keras_transfer.cli.{cmd_name}"), cmd_name)

    def format_commands(self, ctx, formatter):
        """Write the list of commands."""
        with formatter.section("Commands"):
            formatter.write_dl(list(_COMMANDS.items()))


@click.group(
    cls=LazyGroup,
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog="""\b
Exit codes:
  0    done
  1    something is wrong: a failed check or stage, a conflict, an unwritable folder
  2    the command cannot be understood: an argument, a name, an answer, a setting
  130  interrupted from the keyboard; 143 terminated

\b
Completion of commands and options in the shell; add the line to its start-up file:
  bash  eval "$(_KERAS_TRANSFER_COMPLETE=bash_source keras-transfer)"
  zsh   eval "$(_KERAS_TRANSFER_COMPLETE=zsh_source keras-transfer)"
  fish  _KERAS_TRANSFER_COMPLETE=fish_source keras-transfer | source
""",
)
@click.version_option(__version__, prog_name="keras-transfer")
def cli():
    """Pretrain on unlabelled data, fine-tune on few labels, and see what it gained.

    Begin with `keras-transfer demo`, or make a project of your own: `keras-transfer new my-project`.
    """


def main():
    """Run the command line, and exit."""
    try:
        code = cli.main(prog_name="keras-transfer", standalone_mode=False)
    except click.ClickException as error:
        error.show()
        code = error.exit_code
    except (click.Abort, KeyboardInterrupt):
        click.echo("interrupted", err=True)
        code = 130
    sys.exit(code if isinstance(code, int) else 0)
