"""`python -m tests.faults`: inject every fault, and count those that the library recovers from.

python -m tests.faults                            all: half an hour and more on two cores
python -m tests.faults --skip-store SimCLR        only trainings whose names hold one of the words
"""

import argparse
import os
import pathlib
import re
import subprocess
import sys

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("KERAS_BACKEND", "tensorflow")
STORE = ("tests/faults/test_damage.py", "tests/faults/test_kill_in_save.py")


def main():
    parser = argparse.ArgumentParser(prog="python -m tests.faults")
    parser.add_argument("words", nargs="*", help="only trainings whose names hold one of these")
    parser.add_argument(
        "--events", type=int, help="faults in each training; default: 3 in pretraining and adaptation, 6 in fine-tuning"
    )
    parser.add_argument(
        "--skip-store", action="store_true", help="leave out the damage done to saved files by themselves"
    )
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()
    held = injected = 0
    if not arguments.skip_store:
        held, injected = _store()
        print(f"{held} / {injected}  saved files, without a training", flush=True)

    from tests.faults.campaigns import campaigns

    more = campaigns(resume, damage, arguments.words, arguments.events, seed=arguments.seed)
    held, injected = held + more[0], injected + more[1]
    print(f"faults recovered / injected: {held} / {injected}")
    sys.exit(held < injected)


def _store():
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *STORE]
    done = subprocess.run(command, capture_output=True, text=True, cwd=pathlib.Path(__file__).parents[2])
    found = re.search(r"faults recovered / injected: (\d+) / (\d+)", done.stdout)
    if found is None:
        sys.exit(done.stdout + done.stderr)
    return int(found[1]), int(found[2])


def resume(folder):
    from keras_transfer.callbacks import Resume

    return [Resume(folder, every=1, name="fit")]


def damage(folder, event, draw):
    """Spoil the newest generation, where there is one before it."""
    from tests.faults.killed import spoil

    generations = sorted(path for path in (folder / "fit").glob("[0-9]*") if path.is_dir())
    if len(generations) < 2:
        return
    names = ["manifest.json"] if event == "kill, then no manifest" else ["arrays.npz", "state.json", "manifest.json"]
    path = generations[-1] / draw.choice(names)
    if path.exists():  # else an earlier fault took it, and nothing has been saved since
        spoil(path, event, draw)


if __name__ == "__main__":
    main()
