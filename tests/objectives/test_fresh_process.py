"""Every objective, saved here, loads in a process that has only imported the library's front door."""

import os
import subprocess
import sys

import pytest

from tests.objectives.all_cases import all_cases

LOAD = """
import pathlib, sys
import keras_transfer
for path in sorted(pathlib.Path(sys.argv[1]).glob("*.keras")):
    print(path.stem, type(keras_transfer.transfer.load_model(path)).__name__)
"""


@pytest.mark.slow
def test_all_load_in_a_fresh_process(tmp_path):
    saved = {}
    for name, case in all_cases().items():
        objective = case().make()
        saved[name] = type(objective).__name__
        objective.save(tmp_path / f"{name}.keras")
    assert len(saved) >= 20
    command = [sys.executable, "-c", LOAD, str(tmp_path)]
    done = subprocess.run(command, env=os.environ, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert dict(line.split() for line in done.stdout.splitlines()) == saved
