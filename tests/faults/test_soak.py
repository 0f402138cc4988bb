"""A short run of `python -m tests.faults.soak`: real kills of workers and launcher, and the end of the quiet run."""

import random
import subprocess
import sys

import numpy as np
import pytest

from tests.faults import soak


@pytest.mark.slow
def test_two_workers_that_are_killed_end_as_the_quiet_ones():
    command = [sys.executable, "-m", "tests.faults.soak", "--kills", "2", "--seed", "6"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=900, cwd=soak.ROOT)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "2 kills in 24 steps: 0 values differ" in done.stdout
    assert "of 2: chief" in done.stdout and "of 2: launcher" in done.stdout


def test_a_changed_bit_is_found(tmp_path):
    values = {f"value {i}": np.ones(3, np.float32) for i in range(60)}
    for name, value in (("quiet", 1), ("soaked", np.nextafter(np.float32(1), np.float32(2)))):
        (tmp_path / name).mkdir()
        np.savez(tmp_path / name / "worker0.npz", **values, last=np.float32([0, value]))
    found = list(soak.differences(tmp_path / "quiet", tmp_path / "soaked", 0))
    assert found == [("worker 0, last", "largest difference 1.2e-07")]


def test_kills_are_spread_over_the_run_and_its_starts():
    draw = random.Random(0)
    kills = [soak.draw_kill(draw, i, 30, 90) for i in range(30)]
    assert {who for who, _, _ in kills} == {"chief", "worker", "launcher"}
    after = [steps for _, steps, _ in kills if steps is not None]
    assert 15 < len(after) < 30
    assert after == sorted(after) and after[0] < 20 and 160 < after[-1] < 180
