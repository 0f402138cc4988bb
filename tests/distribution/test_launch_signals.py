"""Workers that are told to go save together and leave; what follows is exact. Kills are in `tests/faults/test_soak.py`."""

import pathlib
import subprocess
import sys

import numpy as np
import pytest

from keras_transfer import data
from keras_transfer.data import record_manifest
from tests.distribution import signalled_workers

ROOT = pathlib.Path(__file__).parents[2]
pytestmark = pytest.mark.slow


def launch(folder, *events, max_restarts=0):
    """Exit code and standard error of `keras-transfer launch`."""
    folder.mkdir(exist_ok=True)
    run = [sys.executable, "-c", "from keras_transfer.cli.main import main; main()", "launch", "--workers", 2]
    run += ["--grace", 10, "--max-restarts", max_restarts, "--gpus-per-worker", 0, "--logs", folder, "--"]
    run += [sys.executable, "-m", "tests.distribution.signalled_workers", folder, *events]
    done = subprocess.run(list(map(str, run)), cwd=ROOT, capture_output=True, text=True, timeout=300)
    return done.returncode, done.stderr + "\n".join(path.read_text()[-6000:] for path in folder.glob("*.log"))


def write_shards(folder):
    """Four shards, of which each of the workers reads two in an epoch."""
    folder.mkdir()
    rows, shards = list(zip(*signalled_workers.samples(), strict=True)), []
    for begin in range(0, len(rows), 8):
        made = data.write_records(folder / f"{begin}.tfrecord", rows[begin : begin + 8])
        shards.append({"file": f"{begin}.tfrecord", **made})
    record_manifest.write_manifest(folder, {"shards": shards, "fields": shards[0]["fields"]})


def starts(folder):
    return [len(list(folder.glob(f"start{index}.*"))) for index in range(2)]


def results(folder):
    return [dict(np.load(folder / f"worker{index}.npz")) for index in range(2)]


def assert_same(one, other):
    for mine, yours in zip(one, other, strict=True):
        assert mine.keys() == yours.keys()
        assert len(mine["loss"]) == len(mine["val_mae"]) == 3
        for name, value in sorted(mine.items(), reverse=True):
            np.testing.assert_array_equal(value, yours[name], err_msg=name)


def test_a_signal_to_one_worker_or_to_the_launcher_saves_and_leaves(tmp_path):
    write_shards(tmp_path / "shards")
    code, told = launch(tmp_path / "quiet")
    assert code == 0, told
    tmp_path = tmp_path / "told"
    events = "1:6:SIGUSR1", "launcher:10:SIGTERM"
    code, told = launch(tmp_path, *events, max_restarts=1)
    assert code == 75, told
    assert "SIGUSR1: saved epoch 2, after batch 2" in told or "SIGUSR1: saved epoch 2, after batch 3" in told
    assert "SIGTERM: saved epoch 3, after batch" in told
    assert starts(tmp_path) == [2, 2]
    code, told = launch(tmp_path, *events)
    assert code == 0, told
    assert "going on from epoch 3, after batch" in told
    assert_same(results(tmp_path.parent / "quiet"), results(tmp_path))
