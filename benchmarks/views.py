"""Speed of SimCLR's two views, beside lightly's, for which give a Python that has lightly, torch and torchvision.

    python benchmarks/views.py --peer-python ~/lightly/bin/python
    python benchmarks/views.py --sizes 32 --images 20000

Both cut two views of each image with SimCLR's operations at their default strength (crop, flip, colour, grey, blur) from
images in memory, in batches of 128 (32 above 100 pixels); ours through `data.two_views`, lightly's through `SimCLRTransform`
and a DataLoader with a worker per core. The two take turns, and the median of the rounds counts, for other work may go on. Two
rates are given: images per second as they arrive, and per second of processor, which other work disturbs less.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import time
from pathlib import Path

import numpy as np

PEER = Path(__file__).with_name("views_lightly.py")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sizes", type=int, nargs="+", default=[32, 224])
    parser.add_argument(
        "--images",
        type=int,
        help="images per round; default: 16384 up to 100 pixels, else 768; lightly's a quarter, but 32 batches at least, of "
        "which its workers have made four when the clock starts",
    )
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--peer-python", help="default: this Python, if it has lightly")
    arguments = parser.parse_args()
    peer = arguments.peer_python or (sys.executable if _has_lightly() else None)
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
    for size in arguments.sizes:
        small = size <= 100
        count = arguments.images or (16384 if small else 768)
        compare(size, count, 128 if small else 32, arguments.rounds, peer)


def compare(size, count, batch_size, rounds, peer):
    """Measure in turns and print."""
    own = own_measure(size, count, batch_size)
    ours, theirs = [], []
    for _ in range(rounds):
        ours.append(own())
        if peer:
            theirs.append(peer_measure(peer, size, max(count // 4, 32 * batch_size), batch_size))
    ours = summary("keras_transfer", size, ours)
    if theirs:
        theirs = summary("lightly", size, theirs)
        print(f"{size:4d} px  ratio           {ours[0] / theirs[0]:9.1f}            {ours[1] / theirs[1]:9.1f}")


def own_measure(size, count, batch_size):
    """A function that makes one pass and returns images per second, and per second of processor."""
    from keras_transfer import data

    images = np.random.default_rng(0).integers(0, 256, (count, size, size, 3), dtype=np.uint8)
    dataset = data.two_views(images, batch_size, recipe="simclr")

    def measure():
        batches = iter(dataset)
        next(batches)  # the graph is made with the first batch
        start, busy = time.perf_counter(), time.process_time()
        made = sum(int(views[0][0].shape[0]) for views in batches)
        return made / (time.perf_counter() - start), made / (time.process_time() - busy)

    measure()
    return measure


def peer_measure(python, size, count, batch_size):
    """One round of lightly in a process of its own."""
    command = [python, str(PEER), str(size), str(count), str(batch_size), str(os.cpu_count())]
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    if result.returncode:
        raise SystemExit(f"The peer failed:\n{result.stderr}")
    rates = json.loads(result.stdout.splitlines()[-1])
    return rates["per_second"], rates["per_processor_second"]


def summary(name, size, rounds):
    """Print and return the medians."""
    wall, processor = (statistics.median(column) for column in zip(*rounds, strict=True))
    print(f"{size:4d} px  {name:14s} {wall:9.0f} images/s  {processor:9.0f} images/processor-second", flush=True)
    return wall, processor


def _has_lightly():
    import importlib.util

    return all(importlib.util.find_spec(name) for name in ("lightly", "torch", "torchvision"))


if __name__ == "__main__":
    main()
