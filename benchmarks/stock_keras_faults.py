"""The faults of `python -m tests.faults` on trainings that Keras's own callbacks protect.

    python -m benchmarks.stock_keras_faults

`BackupAndRestore` and `ModelCheckpoint` as they come: they save after every epoch. With `save_freq=1` the former repeats batches.
The trainings and the faults are the same, and so is the bar: the final state of the run that nobody disturbed, to the bit. Each
fault gets a run of its own here, and how the process ends does not matter.
"""

import argparse
import os

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("KERAS_BACKEND", "tensorflow")


def stock(folder):
    """Keras's own protection."""
    import keras

    folder.mkdir(exist_ok=True)
    return [
        keras.callbacks.BackupAndRestore(str(folder / "backup")),
        keras.callbacks.ModelCheckpoint(str(folder / "last.weights.h5"), save_weights_only=True),
    ]


def damage(folder, event, draw):
    """Spoil one of the two files of the backup; there is no older one to spare."""
    from tests.faults.killed import spoil

    found = sorted(path for path in (folder / "backup").rglob("*") if path.is_file())
    chosen = [path for path in found if (path.suffix == ".json") == (event == "kill, then no manifest")]
    if chosen:
        spoil(draw.choice(chosen), event, draw)


def main():
    """Run the campaign, print the figure."""
    parser = argparse.ArgumentParser()
    parser.add_argument("words", nargs="*", help="only trainings whose names hold one of these")
    parser.add_argument(
        "--events", type=int, help="faults in each training; default: 3 in pretraining, 6 in fine-tuning"
    )
    arguments = parser.parse_args()

    from tests.faults.campaigns import campaigns

    held, injected = campaigns(stock, damage, arguments.words, arguments.events, strict=False)
    print(f"faults recovered / injected, stock Keras: {held} / {injected}")


if __name__ == "__main__":
    main()
