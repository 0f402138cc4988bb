"""The hostile model and weight files of `python -m tests.hostile`, handed to Keras's own loading.

    python -m benchmarks.stock_keras_hostile

`keras.saving.load_model` in its safe mode, and `load_weights`, without what `keras_transfer.transfer` looks at before. Counted
are files that are refused at all, within half a minute and with nothing done, and those whose error names the file.
"""

import os
import pathlib
import resource
import tempfile

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("KERAS_BACKEND", "tensorflow")

ROOM = 16 << 30  # bytes of address space: a bomb must not take the machine with it


def main():
    import keras

    from tests.hostile import models
    from tests.hostile.judge import judge

    resource.setrlimit(resource.RLIMIT_AS, (ROOM, ROOM))
    models.transfer.load_model = lambda path: keras.saving.load_model(path, safe_mode=True)
    models.transfer.copy_weights = lambda path, target: target.load_weights(path)
    refused = clear = 0
    for name, (prepare, _) in models.CASES.items():
        with tempfile.TemporaryDirectory() as folder:
            wrong = judge(pathlib.Path(folder), prepare, r"x\.\w+")
        done = wrong is not None and wrong.startswith(("it was accepted", "it took", "files changed"))
        refused, clear = refused + (not done), clear + (wrong is None)
        if done:
            print(f"{name!a}: {wrong!a}", flush=True)
    print(f"stock Keras, bad model and weight files refused / tried: {refused} / {len(models.CASES)}")
    print(f"with an error that names the file: {clear} / {len(models.CASES)}")


if __name__ == "__main__":
    main()
