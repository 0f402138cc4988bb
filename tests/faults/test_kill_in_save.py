"""SIGKILL inside the write: every state left behind loads, and at most the one being written is lost."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

SCRIPT = Path(__file__).with_name("kill_in_save.py")


@pytest.mark.slow
@pytest.mark.parametrize(("how", "least"), [("random", 50), ("calls", 40)])
def test_kill_in_save(how, least, tmp_path, fault):
    command = [sys.executable, "-W", "error", str(SCRIPT), str(tmp_path / "store"), how, str(least)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=600)
    assert done.returncode == 0, done.stderr
    outcomes = json.loads(done.stdout)
    assert len(outcomes) >= least
    for outcome in outcomes:
        with fault:
            assert outcome is None
