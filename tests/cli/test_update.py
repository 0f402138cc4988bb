import json
import os

import pytest

from keras_transfer.cli.scaffold_update import plan_update
from tests.cli.trees import read_tree, write_tree

PRETRAIN = "".join(f"line {number}\n" for number in range(12))


@pytest.fixture
def project(type_in, template, home):
    """A project of the tiny template, with a longer script to merge."""
    write_tree(template, {"pretrain.py": PRETRAIN, "old.py": "old\n", "data.bin": b"\0one"})
    assert type_in("new", "app", "--template", template, "--set", "pretrain.epochs=3").exit_code == 0
    return home / "app"


def changes(result):
    return {item["path"]: item["action"] for item in json.loads(result.stdout)["changes"]}


def test_nothing_to_do(type_in, project):
    before = read_tree(project)
    result = type_in("update", "app")
    assert result.exit_code == 0
    assert result.output == "Up to date with the template of version 0.1.0.\n"
    assert read_tree(project) == before


def test_untouched_files_follow_the_template(type_in, template, project):
    (template / "old.py").unlink()
    write_tree(
        template, {"pretrain.py": "new\n", "extra/new.py": "x\n", "README.md.jinja": "# New {{ project_name }}\n"}
    )
    result = type_in("update", "app", "--json")
    assert result.exit_code == 0, result.output
    assert changes(result) == {
        "README.md": "replaced", "extra/new.py": "added", "old.py": "deleted", "pretrain.py": "replaced",
    }  # fmt: skip
    assert (project / "README.md").read_text() == "# New app\n"
    assert (project / "extra" / "new.py").read_text() == "x\n"
    assert not (project / "old.py").exists()
    assert "epochs: 3" in (project / "config.yaml").read_text()
    assert type_in("update", "app").output.startswith("Up to date")


def test_edited_files_are_merged(type_in, template, project):
    write_tree(project, {"pretrain.py": PRETRAIN.replace("line 1\n", "mine\n")})
    write_tree(template, {"pretrain.py": PRETRAIN.replace("line 10\n", "theirs\n")})
    result = type_in("update", "app", "--json")
    assert (result.exit_code, changes(result)) == (0, {"pretrain.py": "merged"})
    expected = PRETRAIN.replace("line 10\n", "theirs\n").replace("line 1\n", "mine\n")
    assert (project / "pretrain.py").read_text() == expected


def test_conflicts_are_marked_and_listed(type_in, template, project):
    write_tree(project, {"pretrain.py": PRETRAIN.replace("line 5\n", "mine\n")})
    write_tree(template, {"pretrain.py": PRETRAIN.replace("line 5\n", "theirs\n")})
    result = type_in("update", "app")
    assert result.exit_code == 1
    assert "conflict  pretrain.py (1 place marked <<<<<<<)\n" in result.output
    marked = "<<<<<<< yours\nmine\n=======\ntheirs\n>>>>>>> template 0.1.0\n"
    assert (project / "pretrain.py").read_text() == PRETRAIN.replace("line 5\n", marked)
    assert type_in("update", "app").exit_code == 0, "a conflict is reported once"


def test_what_the_user_did_stays(type_in, template, project):
    (project / "old.py").unlink()
    write_tree(project, {"evaluate.py": "mine\n", "data.bin": b"\0mine", "extra.py": "mine\n", "same.py": "same\n"})
    (template / "evaluate.py").unlink()
    write_tree(template, {"old.py": "newer\n", "data.bin": b"\0two", "extra.py": "theirs\n", "same.py": "same\n"})
    result = type_in("update", "app", "--json")
    assert result.exit_code == 1
    assert changes(result) == {
        "data.bin": "conflict", "evaluate.py": "kept", "extra.py": "conflict", "old.py": "kept",
    }  # fmt: skip
    assert not (project / "old.py").exists()
    assert (project / "evaluate.py").read_text() == "mine\n"
    assert (project / "data.bin").read_bytes() == b"\0mine"
    assert (project / "extra.py").read_text() == "<<<<<<< yours\nmine\n=======\ntheirs\n>>>>>>> template 0.1.0\n"


def test_dry_run_writes_nothing(type_in, template, project):
    write_tree(template, {"pretrain.py": "new\n"})
    before = read_tree(project)
    result = type_in("update", "app", "--dry-run")
    assert "replaced  pretrain.py\n" in result.output
    assert "Nothing was written" in result.output
    assert read_tree(project) == before


def test_settings_and_edits_of_the_config_are_kept(type_in, template, project):
    config = project / "config.yaml"
    config.write_text(config.read_text().replace("test:", "test: t.csv  # mine"))
    with open(template / "config.yaml.jinja", "a") as file:
        file.write("run:\n  seed: 4 # new\n")
    assert type_in("update", "app").exit_code == 0
    text = config.read_text()
    assert "epochs: 3" in text and "test: t.csv  # mine" in text and "seed: 4 # new" in text


def test_questions_come_and_go(type_in, template, project):
    description = (template / "template.yaml").read_text()
    description = description.replace("  author: {prompt: Who, default: nobody, help: Goes into the README.}\n", "")
    description = description.replace(
        "  ci:", "  colour: {prompt: c, type: choice, choices: [red, blue], default: red}\n  ci:"
    )
    write_tree(template, {"template.yaml": description, "README.md.jinja": "{{ colour }}\n"})
    result = type_in("update", "app")
    assert result.exit_code == 0, result.output
    assert "note: the template asks no longer for author" in result.stderr
    assert "note: new question colour: took its default, red (--answer colour=...)" in result.stderr
    assert (project / "README.md").read_text() == "red\n"
    type_in("update", "app", "--answer", "colour=blue")
    assert (project / "README.md").read_text() == "blue\n"
    assert type_in("update", "app", "--answer", "colour=green").exit_code == 2


def test_an_answer_can_be_changed(type_in, project):
    result = type_in("update", "app", "--answer", "ci=no", "--answer", "size=large", "--json")
    assert changes(result) == {
        ".github/workflows/ci.yml": "deleted", "large.py": "added", "large/app.py": "added", "small/app.py": "deleted",
    }  # fmt: skip


def test_windows_line_ends_are_no_edit(type_in, template, project):
    write_tree(project, {"pretrain.py": PRETRAIN.replace("\n", "\r\n")})
    write_tree(template, {"pretrain.py": PRETRAIN.replace("line 3\n", "three\n")})
    result = type_in("update", "app", "--json")
    assert changes(result) == {"pretrain.py": "replaced"}
    assert (project / "pretrain.py").read_bytes() == PRETRAIN.replace("line 3\n", "three\n").replace(
        "\n", "\r\n"
    ).encode()


def test_executables(type_in, template, project):
    (template / "pretrain.py").chmod(0o755)
    result = type_in("update", "app", "--json")
    assert changes(result) == {"pretrain.py": "replaced"}
    assert os.access(project / "pretrain.py", os.X_OK)


def test_an_update_that_was_cut_off_is_done_again(type_in, template, project, monkeypatch):
    write_tree(project, {"evaluate.py": "print('evaluating')\nmine\n"})
    write_tree(
        template, {"pretrain.py": "new\n", "evaluate.py": "theirs\nprint('evaluating')\n", "README.md.jinja": "new\n"}
    )
    monkeypatch.setattr("keras_transfer.cli.scaffold_update.atomic_write", after(2))
    result = type_in("update", "app")
    assert result.exit_code == 1
    assert "No space left on device; run `update` again" in result.output
    monkeypatch.undo()
    os.chdir(project.parent)
    assert type_in("update", "app").exit_code == 0
    assert (project / "evaluate.py").read_text() == "theirs\nprint('evaluating')\nmine\n"
    assert (project / "pretrain.py").read_text() == (project / "README.md").read_text() == "new\n"
    assert type_in("update", "app").output.startswith("Up to date")


def after(count):
    from keras_transfer.atomic_write import atomic_write

    done = []

    def write(path, *arguments):
        done.append(path)
        if len(done) > count:
            raise OSError(28, "No space left on device", str(path))
        atomic_write(path, *arguments)

    return write


def test_nothing_is_written_through_links(type_in, template, project, home):
    outside = write_tree(home / "outside", {"pretrain.py": "theirs\n", "app.py": "theirs\n"})
    (project / "pretrain.py").unlink()
    (project / "pretrain.py").symlink_to(outside / "pretrain.py")
    (project / "small" / "app.py").unlink()
    (project / "small").rmdir()
    (project / "small").symlink_to(outside)
    write_tree(template, {"pretrain.py": "new\n", "main.py.jinja": "new\n"})
    before = read_tree(outside)
    result = type_in("update", "app")
    assert result.exit_code == 1
    assert "conflict  pretrain.py (pretrain.py is a link; it is left alone)" in result.output
    assert "conflict  small/app.py (small is a link; it is left alone)" in result.output
    assert read_tree(outside) == before


def test_a_folder_where_a_file_should_be(home):
    write_tree(home, {"a/b": "x", "c": "x"})
    plan = plan_update(home, {}, {"a": (b"1", False), "c/d": (b"1", False)})
    assert [(change.path, change.action, change.note) for change in plan] == [
        ("a", "conflict", "a is a folder of yours; it is left alone"),
        ("c/d", "conflict", "c is a file of yours; it is left alone"),
    ]


@pytest.mark.parametrize(
    ("damage", "reason"),
    [
        (lambda data: {**data, "format": 2}, "written by another version of keras_transfer"),
        (lambda data: {key: value for key, value in data.items() if key != "answers"}, "damaged (KeyError: 'answers')"),
        (
            lambda data: {**data, "files": {"../../x": next(iter(data["files"].values()))}},
            "would not stay inside the project",
        ),
        (
            lambda data: {**data, "files": {"x": {"sha256": "0", "executable": False, "rendered": "eJwDAAAAAAE="}}},
            "damaged",
        ),
        (lambda data: {**data, "files": {"x": {"sha256": "0", "executable": False, "rendered": "!"}}}, "damaged"),
        (lambda data: {**data, "answers": 3}, "damaged"),
        (lambda data: [], "damaged"),
    ],
)
def test_a_damaged_record_is_one_line(type_in, project, damage, reason):
    path = project / ".keras-transfer.json"
    path.write_text(json.dumps(damage(json.loads(path.read_text()))))
    before = read_tree(project)
    result = type_in("update", "app")
    assert result.exit_code == 2
    assert reason in result.output
    assert result.output.startswith("Error: ") and result.output.count("\n") == 1
    assert read_tree(project) == before


def test_what_is_no_project(type_in, home):
    for place in (".", "none"):
        result = type_in("update", place)
        assert result.exit_code == 2
        assert "is no project made by `keras-transfer new`" in result.output
