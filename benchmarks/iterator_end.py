"""How long an iterator of tf.data may hold up a program when it is deleted, with autotuning and without.

    python benchmarks/iterator_end.py --iterators 20 --age 20

With autotuning a thread of the iterator's own looks up at growing distances, of up to a minute, and may miss the call to end.
Deleting the iterator waits for it, with all of Python standing still where the garbage collector does it. The datasets of
`keras_transfer.data` go without (`distribution.prefetched`).
"""

import argparse
import os
import time

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

import tensorflow as tf

from keras_transfer.distribution.prefetched import prefetched


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--iterators", type=int, default=20)
    parser.add_argument("--age", type=float, default=20, help="seconds that an iterator lives")
    arguments = parser.parse_args()
    dataset = tf.data.Dataset.range(100).map(lambda number: number + 1, num_parallel_calls=tf.data.AUTOTUNE).repeat()
    print("| dataset | held up | longest | all together |\n|---|---|---|---|")
    for name, one in (("prefetch(AUTOTUNE)", dataset.prefetch(tf.data.AUTOTUNE)), ("prefetched", prefetched(dataset))):
        taken = seconds_to_delete(one, arguments.iterators, arguments.age)
        late = sum(each > 0.1 for each in taken)
        print(f"| {name} | {late} of {len(taken)} | {max(taken):.2f} s | {sum(taken):.2f} s |", flush=True)


def seconds_to_delete(dataset, count, age):
    """How long each iterator takes to go, after they have lived so many seconds side by side."""
    iterators = [iter(dataset) for _ in range(count)]
    for iterator in iterators:
        next(iterator)
    del iterator
    time.sleep(age)
    taken = []
    while iterators:
        started = time.perf_counter()
        iterators.pop()
        taken.append(time.perf_counter() - started)
    return taken


if __name__ == "__main__":
    main()
