"""`python -m tests.hostile`: hand every bad input to the library, and count those that are held.

A word after it chooses by kind or name: `python -m tests.hostile models`.
"""

import os
import pathlib
import sys
import tempfile

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("KERAS_BACKEND", "tensorflow")


def main(words):
    from tests.hostile.cases import all_cases
    from tests.hostile.judge import judge

    held = tried = 0
    for (kind, name), case in all_cases().items():
        if not all(word in f"{kind}: {name}" for word in words):
            continue
        with tempfile.TemporaryDirectory() as folder:
            wrong = judge(pathlib.Path(folder), *case)
        tried += 1
        held += wrong is None
        if wrong is not None:
            print(f"{kind}: {name!a}: {wrong!a}", flush=True)
    print(f"bad inputs with a clear error / tried: {held} / {tried}")
    return held < tried


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
