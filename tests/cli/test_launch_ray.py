"""`keras-transfer launch --on ray`, on a cluster of this machine alone."""

import json
import subprocess
import sys

import pytest

from keras_transfer.cli import launch_ray

WORKER = """
import json, os, pathlib, sys, time
config = json.loads(os.environ["TF_CONFIG"])
index, here = config["task"]["index"], pathlib.Path(sys.argv[1])
start = len(list(here.glob(f"start{index}.*")))
(here / f"start{index}.{start}").write_text(os.environ["TF_CONFIG"])
print(f"worker {index} start {start}, GPUs {os.environ['CUDA_VISIBLE_DEVICES']}")
if index == 1 and start == 0:
    sys.exit(3)
time.sleep(600 if start == 0 else 0.5)
"""


@pytest.mark.slow
def test_workers_on_ray_are_watched_ended_and_started_again(tmp_path):
    (tmp_path / "worker.py").write_text(WORKER)
    code = "from keras_transfer.cli.main import main; main()"
    command = [sys.executable, "-c", code, "launch", "--workers", "2", "--on", "ray", "--gpus-per-worker", "0"]
    command += ["--max-restarts", "1", "--grace", "2", "--logs", "logs", "--", sys.executable, "worker.py", "."]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=500)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "worker 1 failed with exit code 3" in done.stderr
    assert "worker 1| worker 1 start 0, GPUs -1" in done.stderr
    assert "worker 0 start 1" in done.stdout
    configs = [json.loads((tmp_path / f"start{index}.1").read_text()) for index in range(2)]
    assert configs[0]["cluster"] == configs[1]["cluster"] and len(set(configs[0]["cluster"]["worker"])) == 2
    assert [config["task"]["index"] for config in configs] == [0, 1]


def test_without_ray_the_extra_is_named(type_in, monkeypatch):
    monkeypatch.setattr(launch_ray.importlib.util, "find_spec", lambda name: None)
    result = type_in("launch", "--workers", 2, "--on", "ray", "true")
    assert result.exit_code == 2
    assert "keras_transfer[ray]" in result.output
