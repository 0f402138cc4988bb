"""A sample of `python -m tests.faults`: real kills, damage and a full disk in the middle of trainings."""

import random
import subprocess
import sys
from pathlib import Path

import pytest

from tests.faults import killed


@pytest.mark.slow
def test_trainings_that_meet_with_faults_end_as_the_quiet_ones():
    command = [sys.executable, "-m", "tests.faults", "--skip-store", "--events", "2", "SimSiam", "with averages"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=600, cwd=Path(__file__).parents[2])
    assert done.stdout.splitlines()[-1] == "faults recovered / injected: 4 / 4", done.stdout + done.stderr


@pytest.mark.parametrize("event", ["kill, then a cut file", "kill, then a flipped bit", "kill, then no manifest"])
def test_damage_is_done(event, tmp_path):
    path = tmp_path / "x"
    path.write_bytes(bytes(100))
    killed.spoil(path, event, random.Random(0))
    assert not path.exists() or path.read_bytes() != bytes(100)


@pytest.mark.parametrize(
    ("outcomes", "wrong"),
    [
        (((0, "a"), (-9, ""), (-9, ""), (0, "a")), 0),
        (((0, "a"), (-9, ""), (-9, ""), (0, "b")), 2),
        (((0, "a"), (0, "a"), (-9, ""), (0, "a")), 1),
        (((0, "a"), (-9, ""), (-9, ""), (4, "Traceback")), 2),
        (((4, "Traceback"),), 2),
    ],
    ids=["the same end", "another end", "no kill", "no end", "no quiet run"],
)
def test_what_counts_as_recovered(outcomes, wrong, tmp_path, monkeypatch):
    outcomes = iter(outcomes)
    monkeypatch.setattr(killed, "run", lambda train, callbacks: next(outcomes))
    told = killed.campaign({"x": None}, None, lambda *arguments: None, tmp_path, events_each=2)
    assert told == (2 - wrong, 2)
