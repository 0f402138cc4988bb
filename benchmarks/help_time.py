"""Time of `keras-transfer --help`, beside `python -c pass` and `import tensorflow`: python benchmarks/help_time.py."""

import statistics
import subprocess
import sys
import time

CODE = "import sys; sys.argv = ['keras-transfer', {!r}]; from keras_transfer.cli.main import main; main()"
COMMANDS = {
    "python -c pass": ["-c", "pass"],
    "keras-transfer --help": [
        "-c",
        "import sys; sys.argv = ['x', '--help']; from keras_transfer.cli.main import main; main()",
    ],
    "keras-transfer templates": [
        "-c",
        "import sys; sys.argv = ['x', 'templates']; from keras_transfer.cli.main import main; main()",
    ],
    "import tensorflow": ["-c", "import tensorflow"],
}


def seconds(command, repeats):
    """Median over repeats, after one that warms the disk's cache."""
    taken = []
    for _ in range(repeats + 1):
        start = time.perf_counter()
        subprocess.run([sys.executable, *command], check=True, capture_output=True)
        taken.append(time.perf_counter() - start)
    return statistics.median(taken[1:])


if __name__ == "__main__":
    for name, command in COMMANDS.items():
        print(f"{name:<26} {seconds(command, 3 if 'import' in name else 9):.3f} s")
