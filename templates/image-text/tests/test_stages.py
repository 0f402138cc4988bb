"""Every stage runs on a few of the project's own images and leaves what the next one needs."""

import json
import os
import pathlib
import subprocess
import sys

PROJECT = pathlib.Path(__file__).resolve().parents[1]
QUICK = ["pretrain.epochs=1", "evaluate.seeds=1"]


def test_stages(tmp_path):
    settings = [part for setting in [*QUICK, f"run.dir={tmp_path / 'runs'}"] for part in ("--set", setting)]
    for stage in ("pretrain", "evaluate", "export"):
        command = [sys.executable, f"{stage}.py", *settings]
        done = subprocess.run(command, cwd=PROJECT, env=os.environ, capture_output=True, text=True)
        assert done.returncode == 0, done.stdout + done.stderr
    latest = tmp_path / "runs" / "latest"
    report = json.loads((latest / "report.json").read_text())
    assert set(report["test"]) == {"chance", "untrained", "trained"}
    for name in ("images", "texts"):
        assert (latest / "exported" / name / "saved_model.pb").is_file()


def test_unknown_setting_is_named():
    command = [sys.executable, "pretrain.py", "--set", "pretrain.epoch=3"]
    done = subprocess.run(command, cwd=PROJECT, env=os.environ, capture_output=True, text=True)
    assert done.returncode == 2
    assert "pretrain.epochs" in done.stderr
