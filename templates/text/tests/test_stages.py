"""Every stage runs on a few of the project's own texts and leaves what the next one needs."""

import json
import os
import pathlib
import subprocess
import sys

PROJECT = pathlib.Path(__file__).resolve().parents[1]
QUICK = ["pretrain.epochs=1", "finetune.epochs=1", "finetune.learning_rate=1e-3", "evaluate.seeds=1"]


def python(*command):
    return subprocess.run([sys.executable, *command], cwd=PROJECT, env=os.environ, capture_output=True, text=True)


def test_stages(tmp_path):
    settings = [part for setting in [*QUICK, f"run.dir={tmp_path / 'runs'}"] for part in ("--set", setting)]
    for stage in ("pretrain", "finetune", "evaluate", "export"):
        done = python(f"{stage}.py", *settings)
        assert done.returncode == 0, done.stdout + done.stderr
    latest = tmp_path / "runs" / "latest"
    report = json.loads((latest / "report.json").read_text())
    networks = {"random_encoder", "scratch", "probe", "finetuned"}
    assert set(report["test"]) == {"majority", "TF-IDF + logistic regression", *networks}
    done = python("predict.py", "--model", str(latest / "exported"), "A text.", "文字")
    assert done.returncode == 0, done.stdout + done.stderr
    assert len(done.stdout.splitlines()) == 2


def test_unknown_setting_is_named():
    done = python("pretrain.py", "--set", "pretrain.epoch=3")
    assert done.returncode == 2
    assert "pretrain.epochs" in done.stderr
