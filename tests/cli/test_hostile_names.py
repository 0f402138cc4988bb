"""Names and answers that must not become files, code or settings: 0 bytes outside the target."""

import json
import os

import pytest
import yaml

from keras_transfer.cli.refused import Refused
from keras_transfer.cli.scaffold_names import check_file, check_name, check_target
from tests.cli.trees import read_tree, write_tree

NAMES = [
    "", ".", "..", "...", "../..", "/", "//", "a/..", "a/../b", "/tmp/..", "a\0b", "con", "CON", "Nul", "com1",
    "lpt9.txt", "aux", "class", "None", "lambda", "keras", "Keras", "tensorflow", "keras_transfer", "keras-transfer",
    "numpy", "sklearn", "кеras", "ｋeras", "ﬁle", "naïve", "app\u200b", "\u202eppa", "app\u0301", "😀", "a" * 65,
    "a" * 300, "my app", " app", "app ", "app.", ".app", "-app", "--yes=1", "app-", "a..b", "a\nb", "a\tb", "a\rb",
    "a\x1b[31m", "a\\b", "C:app", "C:\\app", "a:b", "{{7*7}}", "{{ 7*7 }}", "{% raw %}", "${HOME}", "$(id)", "`id`",
    "'a'", '"a"', "a'b", 'a"b', "a;b", "a|b", "a&b", "a*b", "a?b", "<a>", "a#b", "a%b", "a@b", "a,b", "a=b", "a!b",
    "a: b", "- a", "!!python/object:os.system", "&a", "*a", "~", "a~", "\udcff",
]  # fmt: skip
ANSWERS = [
    "", " a", "../x", "a/../b", "/abs", "~", "a\nb", "a\0b", "a\x1bb", "{{7*7}}", "{{ 7*7 }}", "{% for x in y %}",
    "{# a #}", '"', "'", 'a"b', "a'b", "a\\", "a: b", "a #b", "- a", "!!python/object/apply:os.system ['id']", "&a",
    "*a", "$(id)", "`id`", "$HOME", "a;b", "a|b", "a&b", "<script>", "%s", "a" * 201, "a\u2028b", "\u202eab", "[a",
    "a]", "a=b",
]  # fmt: skip


@pytest.mark.parametrize("name", NAMES, ids=ascii)
def test_a_hostile_project_name_is_refused(type_in, template, home, name):
    write_tree(home / "work", {"keep": "x"})
    os.chdir(home / "work")
    before = read_tree(home)
    for arguments in (["--", name], ["--name", name, "--", "fine"]):
        result = type_in("new", "--template", template, *arguments)
        assert result.exit_code == 2, result.output
        line = result.output.splitlines()[-1]
        assert line.startswith("Error: ") and line.isprintable(), line
        assert read_tree(home) == before


@pytest.mark.parametrize("answer", ANSWERS, ids=ascii)
def test_a_hostile_answer_is_refused(type_in, template, home, answer):
    for question in ("author", "objective", "size", "ci"):
        result = type_in("new", "app", "--template", template, "--answer", f"{question}={answer}")
        assert result.exit_code == 2
        assert result.output.startswith(f"Error: {question}: ")
        assert result.output.count("\n") == 1 and result.output[:-1].isprintable()
        assert read_tree(home) == {}


@pytest.mark.parametrize("text", [answer for answer in ANSWERS if answer and "\0" not in answer], ids=ascii)
def test_a_hostile_setting_is_quoted_or_refused(type_in, template, home, text):
    result = type_in("new", "app", "--template", template, "--set", f"data.test={text}")
    if result.exit_code == 2:
        assert result.output.startswith("Error: --set data.test=")
        assert read_tree(home) == {}
        return
    config = yaml.safe_load((home / "app" / "config.yaml").read_text())
    assert set(config) == {"data", "pretrain"} and set(config["data"]) == {"labelled", "test"}
    expected = os.path.expanduser(text)
    assert config["data"]["test"] == expected
    assert os.listdir(home) == ["app"]
    assert json.loads((home / "app" / ".keras-transfer.json").read_text())["set"] == [f"data.test={expected}"]


def test_places_that_are_taken(type_in, template, home):
    write_tree(home, {"full/file": "x", "file": "x", "elsewhere/file": "x"})
    (home / "empty").mkdir()
    (home / "link").symlink_to("empty")
    (home / "dangling").symlink_to("nowhere")
    before = read_tree(home)
    for name, reason in {
        "full": "is there already and not empty; choose another folder",
        "file": "is a file; choose another folder",
        "link": "is a link; name the folder it leads to",
        "dangling": "is a link; name the folder it leads to",
        "file/app": "is a file; choose another folder",
    }.items():
        result = type_in("new", name, "--template", template)
        assert result.output.endswith(f"{reason}\n"), result.output
        assert result.exit_code == 2
        assert read_tree(home) == before


def test_paths_that_a_person_types_are_fine(home):
    (home / "sub").mkdir()
    os.chdir(home / "sub")
    assert check_target("../../x/y").parts[-3:] == ("..", "x", "y")
    for path in ("app", "./app", "../app", str(home / "app"), "some/where/app", "with space/app", "."):
        check_target(path)


@pytest.mark.parametrize(
    "name", ["a", "app", "my-app", "my_app", "App2", "2024", "v1.2", "tmp.Ab3", "a" * 64, "test", "data"]
)
def test_fine_names(name):
    check_name(name)


@pytest.mark.parametrize(
    ("name", "example"),
    [("my app", "my_app"), ("naïve", "naive"), ("keras", "keras_project"), ("class", "class_project"), (".app", "app")],
)
def test_a_refusal_comes_with_an_example(name, example):
    with pytest.raises(Refused, match=f"for example {example}$"):
        check_name(name)


@pytest.mark.parametrize(
    "path",
    ["", "/a", "a//b", "../a", "a/../b", "a/..", "./a",
     "a\\b", "a\0b", "con", "a/NUL.txt", "a:b", "a.", "a /b", "a" * 256, "a\nb", "é" * 200],
    ids=ascii,
)  # fmt: skip
def test_files_that_would_leave_the_project(path):
    with pytest.raises(Refused, match="file name"):
        check_file(path)


def test_fine_files():
    for path in ("a", ".github/workflows/ci.yml", "a-b_c.d/e", "grüße.txt"):
        assert str(check_file(path)) == path
