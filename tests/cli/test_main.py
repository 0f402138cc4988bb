import json
import subprocess
import sys

import click
import pytest

from keras_transfer.cli import main as main_module
from keras_transfer.cli.refused import Refused
from keras_transfer.version import __version__

HEAVY = ("tensorflow", "keras", "numpy", "jinja2", "yaml", "rich", "matplotlib", "sklearn")


def test_help_and_the_package_itself_import_nothing_heavy():
    code = f"""
import sys
import keras_transfer, keras_transfer.project
from keras_transfer.cli import main
assert not {{"tensorflow", "keras", "numpy"}} & set(sys.modules), "project"
for name in list(sys.modules):
    if name.partition(".")[0] in {HEAVY!r}:
        del sys.modules[name]
sys.argv = ["keras-transfer", "--help"]
try:
    main.main()
except SystemExit as ended:
    assert ended.code == 0
print(sorted(set({HEAVY!r}) & set(sys.modules)))
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[-1] == "[]"


def test_help_of_every_command_is_the_line_in_the_list():
    context = click.Context(main_module.cli)
    for name, line in main_module._COMMANDS.items():
        assert main_module.cli.get_command(context, name).short_help == line
    assert main_module.cli.list_commands(context) == list(main_module._COMMANDS)


def test_help(type_in):
    result = type_in("--help")
    assert result.exit_code == 0
    for text in ("new ", "doctor ", "Exit codes:", "_KERAS_TRANSFER_COMPLETE=zsh_source"):
        assert text in result.output
    for name in main_module._COMMANDS:
        assert type_in(name, "--help").exit_code == 0
    assert type_in("--version").output == f"keras-transfer, version {__version__}\n"


def test_an_unknown_command_or_option_exits_with_2(type_in):
    assert type_in("nwe").exit_code == 2
    assert type_in("new", "app", "--tempalte", "x").exit_code == 2
    assert type_in("new").exit_code == 2


@pytest.mark.parametrize(
    ("error", "code", "line"),
    [
        (Refused("no"), 2, "Error: no\n"),
        (Refused("no", exit_code=1), 1, "Error: no\n"),
        (KeyboardInterrupt(), 130, "interrupted\n"),
        (click.Abort(), 130, "interrupted\n"),
        (SystemExit(1), 1, ""),
    ],
)
def test_exit_codes(monkeypatch, capsys, error, code, line):
    @click.command()
    def fail():
        raise error

    monkeypatch.setattr(main_module.LazyGroup, "get_command", lambda *arguments: fail)
    monkeypatch.setattr(sys, "argv", ["keras-transfer", "fail"])
    with pytest.raises(SystemExit) as ended:
        main_module.main()
    assert ended.value.code == code
    assert capsys.readouterr().err.lstrip("\n") == line


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("keras-transfer te", "templates"),
        ("keras-transfer new --template im", "image"),
        ("keras-transfer new --objective sim", "simclr"),
    ],
)
def test_the_shell_completes(monkeypatch, capsys, words, expected):
    monkeypatch.setenv("_KERAS_TRANSFER_COMPLETE", "bash_complete")
    monkeypatch.setenv("COMP_WORDS", words)
    monkeypatch.setenv("COMP_CWORD", str(len(words.split()) - 1))
    with pytest.raises(SystemExit):
        main_module.main()
    assert f",{expected}\n" in capsys.readouterr().out


def test_templates(type_in):
    listed = json.loads(type_in("templates", "--json").output)
    objective = next(item for item in listed[0]["questions"] if item["name"] == "objective")
    assert "simclr" in objective["choices"]
    out = type_in("templates").output
    assert out.startswith("image: ")
    assert "  objective: " in out
    assert "    * simclr " in out
