import json
import os
import signal
import stat

import pytest
import yaml

from keras_transfer.cli import new as new_module
from keras_transfer.cli import scaffold_place
from keras_transfer.project import image_schema, load_config
from tests.cli.trees import read_tree, write_tree


def test_makes_a_project(type_in, template, home):
    result = type_in("new", "my-app", "--template", template)
    assert result.exit_code == 0, result.output
    files = read_tree(home / "my-app")
    assert files["README.md"] == b'# my-app by "nobody" (0.1.0, tiny)\n'
    assert files["small/my-app.py"] == b'print("my-app")\n'
    assert files[".github/workflows/ci.yml"] == b"os: ${{ matrix.os }}\n", "only *.jinja is rendered"
    assert files[".gitignore"] == b"runs/\n"
    assert not {"large.py", "template.yaml", "stray.pyc", "__pycache__", "main.py.jinja"} & set(files)
    assert os.listdir(home) == ["my-app"]
    assert result.output.splitlines()[-3:] == ["  cd my-app", "  make all", "  make tensorboard"]


def test_the_record_tells_where_it_came_from(type_in, template, home):
    type_in("new", "app", "--template", template, "--set", "pretrain.epochs=3")
    record = json.loads((home / "app" / ".keras-transfer.json").read_text())
    assert record["template"] == str(template)
    assert record["answers"] == {
        "objective": "simclr", "task": "classification", "author": "nobody", "ci": True, "size": "small",
    }  # fmt: skip
    assert record["set"] == ["pretrain.epochs=3"]
    assert set(record["files"]) == {path for path in read_tree(home / "app") if (home / "app" / path).is_file()} - {
        ".keras-transfer.json"
    }


def test_answers(type_in, template, home):
    type_in("new", "app", "--template", template, "--objective", "simclr", "--answer", "ci=no", "--answer", "size=large",
            "--answer", "author=Ada Lovelace")  # fmt: skip
    files = read_tree(home / "app")
    assert "large.py" in files and ".github" not in files
    assert b'by "Ada Lovelace"' in files["README.md"]


@pytest.mark.parametrize(
    ("options", "line"),
    [
        (["--objective", "simcrl"], "Error: objective: 'simcrl' is not a choice; did you mean simclr?"),
        (["--answer", "sise=large"], "Error: the template tiny has no question 'sise'; did you mean size?"),
        (["--answer", "ci=perhaps"], "Error: ci: expected yes or no. Received: 'perhaps'"),
        (["--answer", "ci"], "Error: --answer ci: expected NAME=VALUE"),
        (["--task", "classification", "--answer", "task=x"],
         "Error: --answer task=x: the question task was answered already, with classification"),
        (["--set", "pretrain.epoch=3"], "Error: --set pretrain.epoch=3: unknown key `pretrain.epoch`; "
         "did you mean `pretrain.epochs`?"),
        (["--set", "pretrain.epochs=x"], "Error: --set pretrain.epochs=x: `pretrain.epochs` must be a whole number. "
         "Received: 'x'"),
        (["--template", "imagine"], "Error: no template 'imagine'; did you mean image?, or a folder with template.yaml"),
    ],
)  # fmt: skip
def test_a_wrong_option_is_one_line_and_writes_nothing(type_in, template, home, options, line):
    result = type_in("new", "app", *([] if "--template" in options else ["--template", template]), *options)
    assert result.exit_code == 2
    assert result.output == f"{line}\n"
    assert read_tree(home) == {}


def test_settings_keep_comments_and_load(type_in, template, home):
    (home / "x.npz").write_bytes(b"")
    result = type_in(
        "new", "app", "--template", template, "--set", "data.labelled=x.npz", "--set", "data.test=a: b #c 'd'.csv",
        "--set", "pretrain.learning_rate=1e-5", "--set", "finetune.recipe=lpft", "--set", "run.seed=3",
        "--set", "pretrain.epochs=7", "--set", "data.on_bad=skip",
    )  # fmt: skip
    assert result.exit_code == 0, result.output
    assert "note: data.test: there is nothing at a: b #c 'd'.csv yet" in result.stderr
    text = (home / "app" / "config.yaml").read_text()
    assert (
        text
        == f"""# Settings
data:
  labelled: {home}/x.npz  # left out
  test: 'a: b #c ''d''.csv'
  on_bad: skip
pretrain:
  objective: simclr
  epochs: 7
  learning_rate: 1.0e-05
finetune:
  recipe: lpft
run:
  seed: 3
"""
    )
    config = load_config("config.yaml", image_schema(), text=text)
    assert config.data.labelled == str(home / "x.npz")
    assert config.data.test == "a: b #c 'd'.csv"
    assert (config.pretrain.learning_rate, config.finetune.recipe, config.pretrain.epochs) == (1e-5, "lpft", 7)


def test_settings_without_a_schema_must_be_there(type_in, home):
    write_tree(home / "bare", {"template.yaml": "description: x\n", "config.yaml": "a:\n  b: 1 # keep\n"})
    result = type_in("new", "app", "--template", "./bare", "--set", "a.b=no: yes")
    assert result.exit_code == 0, result.output
    assert (home / "app" / "config.yaml").read_text() == "a:\n  b: 'no: yes' # keep\n"
    result = type_in("new", "app2", "--template", "./bare", "--set", "zzz.b=2")
    assert result.exit_code == 2
    assert result.output == "Error: --set zzz.b=2: config.yaml has no zzz.b\n"


def test_dry_run_lists_and_writes_nothing(type_in, template, home):
    result = type_in("new", "app", "--template", template, "--dry-run")
    assert result.exit_code == 0
    assert "app/small/app.py\n" in result.output
    assert result.output.endswith("8 files would be written.\n")
    assert read_tree(home) == {}


def test_json(type_in, template, home):
    result = type_in("new", "app", "--template", template, "--json")
    told = json.loads(result.output)
    assert told["path"] == str(home / "app")
    assert told["next"] == ["cd app", "make all", "make tensorboard"]
    assert sorted(told["files"]) == sorted(path for path in read_tree(home / "app") if (home / "app" / path).is_file())


def test_off_a_terminal_nothing_is_asked(type_in, template):
    result = type_in("new", "app", "--template", template, input="")
    assert result.exit_code == 0
    assert "Which objective" not in result.output


def test_on_a_terminal_it_asks(type_in, template, home, monkeypatch):
    monkeypatch.setattr(new_module, "is_terminal", lambda: True)
    answers = "byoll\nsimclr\n\nGrace $(rm)\nGrace\nn\nlarge\n"
    result = type_in("new", "app", "--template", template, input=answers)
    assert result.exit_code == 0, result.output
    assert "contrast two views" in result.output
    assert "Error: objective: 'byoll' is not a choice" in result.output
    assert "Error: author: 'Grace $(rm)' holds what may not stand in an answer" in result.output
    files = read_tree(home / "app")
    assert b'by "Grace"' in files["README.md"]
    assert "large.py" in files and ".github" not in files


def test_on_a_terminal_it_asks_only_what_is_open(type_in, template, monkeypatch):
    monkeypatch.setattr(new_module, "is_terminal", lambda: True)
    options = ("--objective", "simclr", "--task", "classification", "--answer", "author=A", "--answer", "ci=no")
    result = type_in("new", "app", "--template", template, *options, input="small\n")
    assert result.output.count("[") == 1
    result = type_in("new", "app2", "--template", template, "--yes", input="")
    assert "[" not in result.output


def test_leaving_the_questions_leaves_nothing(type_in, template, home, monkeypatch):
    monkeypatch.setattr(new_module, "is_terminal", lambda: True)
    result = type_in("new", "app", "--template", template, input="simclr\n")
    assert result.exit_code == 1
    assert read_tree(home) == {}


def test_an_empty_folder_is_filled_in_place(type_in, template, home):
    (home / "app").mkdir(mode=0o750)
    inode = (home / "app").stat().st_ino
    assert type_in("new", "app", "--template", template).exit_code == 0
    assert (home / "app").stat().st_ino == inode
    assert stat.S_IMODE((home / "app").stat().st_mode) == 0o750
    assert os.listdir(home) == ["app"]


def test_here(type_in, template, home, monkeypatch):
    (home / "here").mkdir()
    monkeypatch.chdir(home / "here")
    assert type_in("new", ".", "--template", template).exit_code == 0
    assert (home / "here" / "small" / "here.py").is_file()


def test_parents_are_made_and_names_may_differ(type_in, template, home):
    assert type_in("new", home / "a" / "b" / "my app", "--template", template, "--name", "mine").exit_code == 0
    assert (home / "a" / "b" / "my app" / "small" / "mine.py").is_file()


def test_permissions_are_the_usual_ones(type_in, template, home):
    (template / "run.sh").write_text("#!/bin/sh\n")
    (template / "run.sh").chmod(0o755)
    umask = os.umask(0o022)
    try:
        type_in("new", "app", "--template", template)
    finally:
        os.umask(umask)
    modes = {name: stat.S_IMODE((home / "app" / name).stat().st_mode) for name in (".", "run.sh", "README.md")}
    assert modes == {".": 0o755, "run.sh": 0o755, "README.md": 0o644}


def kill(number):
    def interrupt(path, contents, executable):
        os.kill(os.getpid(), number)

    return interrupt


def fail(path, contents, executable):
    raise OSError(28, "No space left on device", str(path))


@pytest.mark.parametrize(
    ("trouble", "code"),
    [(kill(signal.SIGINT), 1), (kill(signal.SIGTERM), 143), (fail, 1)],
    ids=["ctrl-c", "sigterm", "disk"],
)
@pytest.mark.parametrize("where", ["app", "new/parents/app", "empty"])
def test_interrupted_it_leaves_nothing(type_in, template, home, monkeypatch, trouble, code, where):
    (home / "empty").mkdir()
    before = read_tree(home)
    write, count = scaffold_place._write, []

    def third_time(*arguments):
        count.append(1)
        (trouble if len(count) == 3 else write)(*arguments)

    monkeypatch.setattr(scaffold_place, "_write", third_time)
    result = type_in("new", where, "--template", template)
    assert result.exit_code == code
    assert read_tree(home) == before
    assert signal.getsignal(signal.SIGTERM) == signal.SIG_DFL
    assert signal.getsignal(signal.SIGINT) == signal.default_int_handler


def test_interrupted_while_filling_an_empty_folder(type_in, template, home, monkeypatch):
    (home / "app").mkdir()
    rename, count = os.rename, []

    def second_time(*arguments):
        count.append(1)
        if len(count) == 2:
            raise KeyboardInterrupt
        rename(*arguments)

    monkeypatch.setattr(scaffold_place.os, "rename", second_time)
    assert type_in("new", "app", "--template", template).exit_code == 1
    assert read_tree(home) == {"app": False}


def test_a_folder_that_appears_meanwhile_is_not_touched(type_in, template, home, monkeypatch):
    write = scaffold_place._write

    def meanwhile(*arguments):
        write_tree(home / "app", {"theirs": "x"})
        write(*arguments)

    monkeypatch.setattr(scaffold_place, "_write", meanwhile)
    result = type_in("new", "app", "--template", template)
    assert result.exit_code == 1
    assert result.output.startswith("Error: ")
    assert read_tree(home) == {"app": False, "app/theirs": b"x"}


def test_every_template_that_ships_has_a_config_that_loads(type_in, home):
    from keras_transfer.cli.scaffold_template import load_template, template_names

    assert "image" in template_names()
    for name in template_names():
        assert type_in("new", name + "-app", "--template", name).exit_code == 0
        text = (home / f"{name}-app" / "config.yaml").read_text()
        assert isinstance(yaml.safe_load(text), dict)
        load_config("config.yaml", load_template(name).fields(), text=text)
