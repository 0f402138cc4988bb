"""A worker is killed, the whole goes on from the last checkpoint, and ends as if nothing had happened."""

import contextlib
import pathlib
import sys

import numpy as np
import pytest

from keras_transfer.cli.launch_environment import worker_environments
from keras_transfer.cli.launch_supervisor import Supervisor

ROOT = pathlib.Path(__file__).parents[2]
pytestmark = pytest.mark.slow


def launch(folder, *kills):
    folder.mkdir()
    command = [sys.executable, "-m", "tests.distribution.killed_workers", str(folder), *kills]
    environments = lambda: worker_environments(2, ["-1"] * 2)  # noqa: E731
    supervisor = Supervisor(command, environments, folder, grace=3, max_restarts=len(kills))
    with contextlib.chdir(ROOT):  # the workers import `tests`
        code = supervisor.run()
    assert code == 0, "\n".join(path.read_text()[-6000:] for path in folder.glob("*.log"))
    assert len(list(folder.glob("start0.*"))) == len(list(folder.glob("start1.*"))) == 1 + len(kills)
    return [dict(np.load(folder / f"worker{index}.npz")) for index in range(2)]


def test_killed_workers_change_nothing(tmp_path):
    quiet = launch(tmp_path / "quiet")
    killed = launch(tmp_path / "killed", "1:6", "0:10")  # another worker, then the chief
    assert "going on from epoch 2, after batch" in (tmp_path / "killed" / "worker0.log").read_text()
    for one, other in zip(quiet, killed, strict=True):
        assert len(one["loss"]) == 3 and one.keys() == other.keys()
        for name, value in sorted(one.items(), reverse=True):
            np.testing.assert_array_equal(value, other[name], err_msg=name)
