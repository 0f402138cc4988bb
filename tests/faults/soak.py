"""`python -m tests.faults.soak`: kill two workers and their launcher again and again; the end must be that of a quiet run.

python -m tests.faults.soak                       30 kills: about ten minutes on two cores
python -m tests.faults.soak --kills 2 --seed 7    a short one

A pretraining and a fine-tuning run in two workers under `keras-transfer launch`. A worker, the chief or the launcher gets
SIGKILL at a random moment, one time in five while it starts. Then all goes on from what `Resume` has saved.
"""

import argparse
import os
import pathlib
import random
import signal
import subprocess
import sys
import tempfile
import time

import numpy as np

ROOT = pathlib.Path(__file__).parents[2]
WORKERS = 2
PATIENCE = 600  # seconds without anything happening


def main(arguments=None):
    parser = argparse.ArgumentParser(prog="python -m tests.faults.soak")
    parser.add_argument("--kills", type=int, default=30)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument(
        "--keep", type=pathlib.Path, help="an empty folder for all that is written; default: a passing one"
    )
    options = parser.parse_args(arguments)
    steps = max(12, 3 * options.kills // 12 * 12)  # of each stage; whole epochs of both
    with tempfile.TemporaryDirectory() as passing:
        folder = options.keep or pathlib.Path(passing)
        quiet, soaked = folder / "quiet", folder / "soaked"
        run(quiet, steps, [])
        draw = random.Random(options.seed)
        run(soaked, steps, [draw_kill(draw, i, options.kills, steps) for i in range(options.kills)])
        different = [f"{name}: {text}" for index in range(WORKERS) for name, text in differences(quiet, soaked, index)]
    print("\n".join(different[:20]))
    print(
        f"{options.kills} kills in {2 * steps} steps: {len(different)} values differ from the quiet run's", flush=True
    )
    return bool(different)


def draw_kill(draw, number, kills, steps):
    """Who, after how many steps of the run (None: while it starts), and how many seconds later."""
    who = draw.choice(["chief", "chief", "worker", "worker", "launcher"])
    if draw.random() < 0.2:
        return who, None, draw.uniform(0, 5)
    return who, int(2 * (steps - 2) * (number + draw.random()) / kills), draw.choice((0, draw.uniform(0, 0.05)))


def run(folder, steps, kills):
    """Run to the end through the kills."""
    folder.mkdir(parents=True)
    began, launcher, ended = time.monotonic(), None, set()
    for number, (who, after, delay) in enumerate(kills, 1):
        launcher = launcher or launch(folder, steps, len(kills))
        places = wait(folder, launcher, lambda found, a=after: len(found) == WORKERS and _reached(found, a), ended)
        time.sleep(delay)
        ended |= {pid for pid, _ in places.values()}
        os.kill({"chief": places.get(0), "worker": places.get(1), "launcher": (launcher.pid,)}[who][0], signal.SIGKILL)
        if who == "launcher":
            launcher.wait()
            launcher = None
        when = "while starting" if after is None else f"after step {max(step for _, step in places.values())}"
        print(f"{time.monotonic() - began:4.0f} s  kill {number} of {len(kills)}: {who}, {when}", flush=True)
    launcher = launcher or launch(folder, steps, len(kills))
    if launcher.wait(PATIENCE):
        fail(folder, f"the launcher ended with {launcher.returncode}")
    print(f"{time.monotonic() - began:4.0f} s  {folder.name}: done", flush=True)


def launch(folder, steps, restarts):
    code = "from keras_transfer.cli.main import main; main()"
    command = [sys.executable, "-c", code, "launch", "--workers", WORKERS, "--gpus-per-worker", 0, "--grace", 1]
    command += ["--max-restarts", restarts, "--logs", folder, "--"]
    command += [sys.executable, "-m", "tests.faults.soak_worker", folder, steps]
    with open(folder / "launcher.log", "a") as log:
        return subprocess.Popen(list(map(str, command)), cwd=ROOT, stdout=log, stderr=log)


def wait(folder, launcher, reached, ended):
    """`{worker: (pid, step)}` of the processes that have not been ended, once `reached` holds of it."""
    deadline = time.monotonic() + PATIENCE
    while True:
        places = {}
        for index in range(WORKERS):
            path = folder / f"worker{index}.place"
            pid, step = map(int, path.read_text().split()) if path.exists() else (None, 0)
            if pid is not None and pid not in ended:
                places[index] = pid, step
        if reached(places):
            return places
        if launcher.poll() is not None:
            fail(folder, f"the launcher ended with {launcher.returncode} before the kills were over")
        if time.monotonic() > deadline:
            fail(folder, f"nothing has happened for {PATIENCE} s")
        time.sleep(0.005)


def _reached(places, after):
    return after is None or max(step for _, step in places.values()) >= after


def differences(quiet, soaked, index):
    """What differs, in any bit, between the results of one worker."""
    one, other = (dict(np.load(folder / f"worker{index}.npz")) for folder in (quiet, soaked))
    if one.keys() != other.keys() or len(one) < 50:
        yield f"worker {index}", f"{len(one)} and {len(other)} values"
    for name in one.keys() & other.keys():
        if one[name].tobytes() != other[name].tobytes():
            yield f"worker {index}, {name}", f"largest difference {np.abs(one[name] - other[name]).max():.1e}"


def fail(folder, reason):
    logs = "\n".join(path.read_text(errors="replace")[-3000:] for path in sorted(folder.glob("*.log")))
    sys.exit(f"{logs}\n{reason}")


if __name__ == "__main__":
    sys.exit(main())
