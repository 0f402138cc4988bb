"""Seconds and memory of everything that touches all the data, from a thousand samples to a million.

    python -m benchmarks.growth                                      a thousand and ten thousand: two minutes on two cores
    python -m benchmarks.growth --sizes 1000 10000 100000 1000000    a million small images are 4 GB of files

Samples are made at random: colour images of 32 x 32 pixels as PNG files, and lines of a dozen words. Each kind and size is
measured in a process of its own, one step after the other. Memory is the peak of the resident set above what the process held
before the step; with `--processes` above 1 the shards' writers are others, whose memory is not in it.

| step | what is measured |
|---|---|
| audit | `data.audit` or `data.audit_texts`: every file opened, duplicates found |
| shard | `data.shard`: that again, and everything written as TFRecord files |
| read_records | an epoch of batches of 256 from the shards, shuffled |
| load | everything into memory: `data.load_images`, or `data.load_texts` and all of its tokens |
| batches | an epoch of batches of 256 from memory, shuffled |
"""

import argparse
import gc
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
from PIL import Image

from benchmarks.contrastive_memory import forget_peak, resident

SIDE, WORDS, LENGTH, BATCH = 32, 12, 64, 256
A_FOLDER, A_FILE = 1000, 10_000  # images in a folder, lines in a file


def main():
    parser = argparse.ArgumentParser(prog="python -m benchmarks.growth", description=__doc__.split("\n")[0])
    parser.add_argument("--sizes", type=int, nargs="+", default=[1000, 10_000])
    parser.add_argument("--kinds", nargs="+", choices=list(KINDS), default=list(KINDS))
    parser.add_argument("--processes", type=int, default=1, help="writers of shards")
    parser.add_argument("--folder", help="where the samples are made and removed again; default: the system's own")
    parser.add_argument("--alone", action="store_true", help="measure the one kind and size named here, print JSON")
    arguments = parser.parse_args()
    if arguments.alone:
        print(json.dumps(measure(arguments.kinds[0], arguments.sizes[0], arguments.processes, arguments.folder)))
        return
    print("| samples of | number | step | seconds | microseconds a sample | peak memory |\n|---|---|---|---|---|---|")
    for kind in arguments.kinds:
        for size in arguments.sizes:
            for step, seconds, peak in in_a_process(kind, size, arguments):
                each = f"{1e6 * seconds / size:.0f}"
                print(f"| {kind} | {size} | {step} | {seconds:.2f} | {each} | {peak:.0f} MB |", flush=True)


def in_a_process(kind, size, arguments):
    command = [sys.executable, "-m", "benchmarks.growth", "--alone", "--kinds", kind, "--sizes", str(size)]
    command += ["--processes", str(arguments.processes)]
    command += ["--folder", arguments.folder] if arguments.folder else []
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
    return json.loads(done.stdout.splitlines()[-1])


def measure(kind, size, processes, folder=None):
    """Rows of `(step, seconds, peak in megabytes)`."""
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
    place = Path(tempfile.mkdtemp(prefix="growth-", dir=folder))
    rows = []
    try:
        for step, act in KINDS[kind](place, size, processes):
            gc.collect()
            before = resident("VmRSS")
            forget_peak()
            began = time.perf_counter()
            act()
            rows.append((step, time.perf_counter() - began, max(0.0, resident("VmHWM") - before)))
    finally:
        shutil.rmtree(place)
    return rows


def images(place, size, processes):
    from keras_transfer import data

    random, source, shards, kept = np.random.default_rng(0), place / "images", place / "shards", {}
    for number in range(size):
        if number % A_FOLDER == 0:
            folder = source / f"{number // A_FOLDER:04d}"
            folder.mkdir(parents=True)
        # Smooth, so that the files are small; of 8 x 8 random pixels no two are equal.
        pixels = Image.fromarray(random.integers(0, 256, (8, 8, 3), np.uint8))
        pixels.resize((SIDE, SIDE), Image.Resampling.BILINEAR).save(folder / f"{number:07d}.png", compress_level=1)
    warm_up(data, np.zeros((BATCH, SIDE, SIDE, 3), np.uint8))
    yield "audit", lambda: check(data.audit(source).parts["unlabelled"].images, size)
    yield "shard", lambda: check(data.shard(source, shards, kind="images", processes=processes)["samples"], size)
    yield "read_records", lambda: epoch(data.read_records(shards, BATCH), size)
    yield "load", lambda: kept.update(x=data.load_images(source).x_unlabelled)
    yield "batches", lambda: epoch(data.batches(kept["x"], BATCH), size)


def texts(place, size, processes):
    from keras_transfer import data

    random, source, shards, kept = np.random.default_rng(0), place / "texts", place / "shards", {}
    source.mkdir()
    vocabulary = np.array([f"{chr(97 + i % 26)}{'aeiou'[i % 5]}{i:x}" for i in range(5000)])
    for first in range(0, size, A_FILE):
        # Few words are frequent, most are rare.
        drawn = (5000 ** random.random((min(A_FILE, size - first), WORDS))).astype(int) - 1
        lines = [" ".join(line) for line in vocabulary[drawn]]
        (source / f"{first // A_FILE:04d}.txt").write_text("\n".join(lines) + "\n", encoding="utf-8")
    tokenizer = data.train_tokenizer(lines[:2000], "wordpiece", vocabulary_size=2000)
    tokenizer.save(place / "tokenizer")
    warm_up(data, np.zeros((BATCH, LENGTH), np.int32))
    how = dict(kind="texts", tokenizer=place / "tokenizer", length=LENGTH, processes=processes)
    yield "audit", lambda: check(data.audit_texts(source).documents, size)
    yield "shard", lambda: kept.update(shard=data.shard(source, shards, **how))
    yield "read_records", lambda: epoch(data.read_records(shards, BATCH), kept["shard"]["samples"])
    yield (
        "load",
        lambda: kept.update(rows=data.pretraining_rows(tokenizer, data.load_texts(source).x_unlabelled, LENGTH)),
    )
    yield "batches", lambda: epoch(data.batches(kept["rows"], BATCH), len(kept["rows"]["token_ids"]))


def warm_up(data, array):
    """What the first dataset costs, TensorFlow's own start above all."""
    for _ in data.batches(array, BATCH):
        pass


def epoch(dataset, size):
    rows = sum(len(next(iter(batch.values())) if isinstance(batch, dict) else batch) for batch in dataset)
    check(rows, size // BATCH * BATCH)


def check(found, expected):
    if found != expected:
        raise ValueError(f"Received {found} samples, expected {expected}.")


KINDS = {"images": images, "texts": texts}

if __name__ == "__main__":
    main()
