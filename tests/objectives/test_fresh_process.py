"""Every objective, saved here, loads in a process that has only imported the library's front door."""

import importlib
import os
import pathlib
import subprocess
import sys

import pytest

from tests.objectives.objective_case import ObjectiveCase

LOAD = """
import pathlib, sys
import keras_transfer
for path in sorted(pathlib.Path(sys.argv[1]).glob("*.keras")):
    print(path.stem, type(keras_transfer.transfer.load_model(path)).__name__)
"""


def cases():
    for path in sorted(pathlib.Path(__file__).parent.glob("test_*.py")):
        # The example of the docs is not part of the library.
        if path.stem not in ("test_fresh_process", "test_own_objective"):
            module = importlib.import_module(f"tests.objectives.{path.stem}")
            for value in vars(module).values():
                if isinstance(value, type) and issubclass(value, ObjectiveCase) and value.__module__ == module.__name__:
                    yield value


@pytest.mark.slow
def test_all_load_in_a_fresh_process(tmp_path):
    saved = {}
    for case in cases():
        if case.__name__.startswith("Test"):
            objective = case().make()
            saved[case.__name__] = type(objective).__name__
            objective.save(tmp_path / f"{case.__name__}.keras")
    assert len(saved) >= 20
    command = [sys.executable, "-c", LOAD, str(tmp_path)]
    done = subprocess.run(command, env=os.environ, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert dict(line.split() for line in done.stdout.splitlines()) == saved
