import os
import subprocess

import pytest

from keras_transfer.cli.refused import Refused
from keras_transfer.cli.scaffold_fetch import fetched_template, without_password
from tests.cli.trees import read_tree, write_tree

GIT = ["git", "-c", "user.name=a", "-c", "user.email=a@b", "-c", "init.defaultBranch=main"]


@pytest.fixture
def repository(tmp_path_factory):
    """A git repository with a template, and its URL."""
    folder = tmp_path_factory.mktemp("remote") / "mine.git"
    write_tree(folder, {"template.yaml": "description: mine\nnext: [make all]\n", "a.jinja": "{{ template_name }}\n"})
    for command in (["init", "-q"], ["add", "."], ["commit", "-q", "-m", "first"]):
        subprocess.run([*GIT, *command], cwd=folder, check=True)
    return f"file://{folder}"


def test_a_repository_is_a_template(type_in, home, repository):
    result = type_in("new", "app", "--template", repository)
    assert result.exit_code == 0, result.output
    assert sorted(read_tree(home / "app")) == [".keras-transfer.json", "a"]
    assert (home / "app" / "a").read_text() == "mine\n"
    assert repository in (home / "app" / ".keras-transfer.json").read_text()


def test_the_clone_is_gone_and_no_hook_has_run(home, repository, monkeypatch, tmp_path):
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr("tempfile.tempdir", None)
    hooks = write_tree(tmp_path / "hooks", {"post-checkout": f"#!/bin/sh\ntouch {tmp_path}/ran\n"})
    (hooks / "post-checkout").chmod(0o755)
    monkeypatch.setenv("GIT_CONFIG_COUNT", "1")
    monkeypatch.setenv("GIT_CONFIG_KEY_0", "core.hooksPath")
    monkeypatch.setenv("GIT_CONFIG_VALUE_0", str(hooks))
    with fetched_template(repository) as template:
        assert template.folder.is_relative_to(tmp_path)
        assert template.source == repository
    assert not template.folder.exists()
    assert not (tmp_path / "ran").exists()


@pytest.mark.parametrize(
    "url",
    [
        "https://localhost:1/none.git",
        "file:///nowhere.git",
        "git@-oProxyCommand=touch.x:y",
        "ssh://-oProxyCommand=touch%20x/y",
    ],
)
def test_what_cannot_be_fetched_is_one_line(type_in, home, url):
    result = type_in("new", "app", "--template", url)
    assert result.exit_code in (1, 2)
    assert result.output.startswith("Error: ") and result.output.count("\n") == 1
    assert os.listdir(home) == []


@pytest.mark.parametrize("source", ["ext::sh -c touch% x", "--upload-pack=touch x", "-u", "fd::3"])
def test_what_is_no_url_reaches_no_git(type_in, home, source):
    result = type_in("new", "app", f"--template={source}")
    assert result.exit_code == 2
    assert "Error: no template" in result.output
    assert os.listdir(home) == []


def test_passwords_stay_out_of_projects():
    assert without_password("https://me:secret@host/x.git") == "https://host/x.git"
    assert without_password("https://token@host/x.git") == "https://host/x.git"
    assert without_password("ssh://git:secret@host/x.git") == "ssh://git@host/x.git"
    assert without_password("ssh://git@host/x.git") == "ssh://git@host/x.git"
    assert without_password("git@host:x.git") == "git@host:x.git"


def test_without_git(monkeypatch, home):
    monkeypatch.setenv("PATH", "")
    with pytest.raises(Refused, match="needs git, which is not installed"), fetched_template("https://host/x.git"):
        pass
