"""What the README tells people to type works."""

import pathlib
import re
import subprocess

import numpy as np
import pytest
from click.testing import CliRunner

from keras_transfer.cli.main import cli

ROOT = pathlib.Path(__file__).resolve().parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")


def blocks(language):
    return re.findall(rf"```{language}\n(.*?)```", README, flags=re.DOTALL)


def commands():
    lines = [line.split("#")[0].strip() for block in blocks("bash") for line in block.splitlines()]
    return [line for line in lines if line] + re.findall(r"\| `([^`]+)`", README)


def test_make_targets_exist(tmp_path):
    CliRunner().invoke(cli, ["new", str(tmp_path / "project"), "--yes"], catch_exceptions=False)
    targets = [line.split()[1] for line in commands() if line.startswith("make ")]
    assert "demo" in targets and "test" in targets
    for target in targets:
        folders = [ROOT, tmp_path / "project"]
        found = [
            subprocess.run(["make", "-n", target], cwd=folder, capture_output=True).returncode for folder in folders
        ]
        assert 0 in found, f"no make target {target!r} in the checkout or in a project"


def test_commands_are_taken(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    np.savez("all.npz", x_unlabelled=np.zeros((4, 8, 8)))
    asked = [line.split()[1:] for line in commands() if line.startswith("keras-transfer ")]
    assert any(words[0] == "new" for words in asked)
    for number, words in enumerate(asked):
        if words[0] == "new":
            words = ["new", f"project-{number}", *words[2:]]
        else:
            words = [words[0], "--help"]
        done = CliRunner().invoke(cli, words)
        assert done.exit_code == 0, f"{words}: {done.output}"


def test_scripts_take_their_settings():
    from keras_transfer.project import image_schema, load_config

    asked = [line for line in commands() if line.startswith("python ")]
    assert asked
    for line in asked:
        assert (ROOT / "templates" / "image" / line.split()[1]).is_file(), line
        load_config("config.yaml", image_schema(), re.findall(r"--set (\S+)", line), text="{}")


def test_links_lead_somewhere():
    for target in re.findall(r"\]\(([^)#]+)\)", README):
        assert target.startswith("https://") or (ROOT / target).exists(), target


@pytest.mark.slow
def test_the_lines_of_python_run(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    generator = np.random.default_rng(0)
    x = generator.random((20, 28, 28, 1), np.float32)
    (code,) = blocks("python")
    code = code.replace("epochs=30", "epochs=1").replace("batch_size=256", "batch_size=10")
    exec(code, {"x_unlabelled": x, "x_labelled": x, "y_labelled": np.arange(20) % 10})
