"""Two workers on loopback agree on a run folder, and one of them writes."""

import json
import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow
ROOT = Path(__file__).parents[2]
SCRIPT = """
import pathlib
from keras_transfer.project import Field, run_stage
from keras_transfer.project.shared_sections import run_section

def STAGE(config, run):
    who = "chief" if run.is_chief else "other"
    pathlib.Path(f"{who}.txt").write_text(f"{run.path} {config.train.epochs} {run.strategy.num_replicas_in_sync}")

schema = {"train": {"epochs": Field(int, 3, fixed_by="pretrain")}, "run": run_section()}
run_stage(STAGE, schema, requires=REQUIRES)
"""


def run_pair(folder, script, *arguments):
    """Exit codes and standard errors of both workers."""
    with socket.socket() as first, socket.socket() as second:
        addresses = []
        for listener in (first, second):
            listener.bind(("127.0.0.1", 0))
            addresses.append(f"127.0.0.1:{listener.getsockname()[1]}")
    workers = []
    for index in range(2):
        task = {"cluster": {"worker": addresses}, "task": {"type": "worker", "index": index}}
        environment = {
            **os.environ,
            "TF_CONFIG": json.dumps(task),
            "CUDA_VISIBLE_DEVICES": "-1",
            "PYTHONPATH": str(ROOT),
        }
        command = [sys.executable, script, *arguments]
        workers.append(subprocess.Popen(command, cwd=folder, env=environment, text=True, stdout=-1, stderr=-1))
    outputs = [worker.communicate(timeout=300) for worker in workers]
    return [worker.returncode for worker in workers], outputs


def test_the_chief_names_the_run_and_the_others_follow(tmp_path):
    (tmp_path / "config.yaml").write_text("{}")
    (tmp_path / "pretrain.py").write_text(SCRIPT.replace("STAGE", "pretrain").replace("REQUIRES", "()"))
    (tmp_path / "finetune.py").write_text(SCRIPT.replace("STAGE", "finetune").replace("REQUIRES", "['pretrain']"))

    codes, outputs = run_pair(tmp_path, "finetune.py")
    assert codes == [2, 2], outputs
    for _, error in outputs:
        assert "error: runs: no such run; there are no runs yet" in error

    codes, outputs = run_pair(tmp_path, "pretrain.py", "--set", "train.epochs=5")
    assert codes == [0, 0], outputs
    (run,) = [path for path in (tmp_path / "runs").iterdir() if not path.is_symlink()]
    expected = f"runs/{run.name} 5 2"
    assert [(tmp_path / f"{who}.txt").read_text() for who in ("chief", "other")] == [expected, expected]
    assert f"pretrain: runs/{run.name}\n" in outputs[0][0]
    assert "pretrain" not in outputs[1][0], "only the chief speaks"

    codes, outputs = run_pair(tmp_path, "finetune.py")
    assert codes == [0, 0], outputs
    assert [(tmp_path / f"{who}.txt").read_text() for who in ("chief", "other")] == [expected, expected]
