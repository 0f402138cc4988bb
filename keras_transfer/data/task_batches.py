"""Batches that mix the samples of several tasks."""

import numpy as np
import tensorflow as tf

from keras_transfer.data import counter_hash
from keras_transfer.data.batches import batches
from keras_transfer.distribution.prefetched import prefetched


def task_batches(tasks, batch_size, *, temperature=1.0, map=None, seed=0, steps=None):
    """Make a training dataset of batches with samples of every task, for `keras_transfer.adaptation.MultiTask`.

    Each task's part of a batch is in proportion to `n ** (1 / temperature)`, `n` its samples: at 1 by size, at infinity
    equal parts; at least one sample of each, and the same numbers in every batch. Orders are functions of (seed, epoch,
    position).

    Args:
        tasks: Dict from a task's name to `(x, y)`, arrays with one row per sample. Samples of all tasks have one shape and dtype;
            labels may differ.
        batch_size: Samples per batch, at least as many as tasks; under a `tf.distribute` strategy, over all replicas together.
        temperature: `>= 1`; `math.inf` is allowed.
        map: Function called as `map((x, y), seeds)` with each task's samples, as in `data.batches`.
        seed: Any integer. The same seed gives the same batches.
        steps: Batches per epoch. Default: as many as hold all tasks' samples once, were they drawn by size.

    Returns:
        A `tf.data.Dataset` of `(x, {task: labels}, {task: weights})`: weights are 1 for the task's own samples and 0 for
        others, whose labels are zeros.

    Raises:
        ValueError: if a number is out of range, or arrays are empty or do not fit.

    Example:
        >>> both = {"target": (x_target, y_target), "source": (x_source, y_source)}
        >>> model.fit(keras_transfer.data.task_batches(both, 64, temperature=2), epochs=20)
    """
    if not isinstance(tasks, dict) or not tasks:
        raise ValueError(f"`tasks` must be a dict from names to pairs (x, y). Received: {type(tasks).__name__}")
    for name, pair in tasks.items():
        if not isinstance(pair, list | tuple) or len(pair) != 2:
            raise ValueError(f"`tasks` must hold pairs (x, y). Received: {type(pair).__name__} for {name!r}")
    sizes = [len(x) for x, _ in tasks.values()]
    rows = rows_of_tasks(sizes, batch_size, temperature)
    steps = max(sum(sizes) // batch_size, 1) if steps is None else steps
    parts = [
        batches(tuple(pair), count, seed=int(counter_hash.key(seed, 4, index)), steps=steps, map=map)
        for index, (pair, count) in enumerate(zip(tasks.values(), rows, strict=True))
    ]
    # Spread evenly, so that every replica's share holds of each task what it can.
    order = np.argsort(np.concatenate([(np.arange(count) + 0.5) / count for count in rows]), kind="stable")
    owner = np.repeat(np.arange(len(rows)), rows)[order]

    def mix(*pairs):
        samples = tf.gather(tf.concat([x for x, _ in pairs], 0), order)
        labels, weights = {}, {}
        for index, (name, (_, y)) in enumerate(zip(tasks, pairs, strict=True)):
            before, after = sum(rows[:index]), sum(rows[index + 1 :])
            padding = [[before, after], *[[0, 0]] * (y.shape.rank - 1)]
            labels[name] = tf.gather(tf.pad(y, padding), order)
            weights[name] = tf.constant(owner == index, tf.float32)
        return samples, labels, weights

    return prefetched(tf.data.Dataset.zip(*parts).map(mix))


def rows_of_tasks(sizes, batch_size, temperature):
    """Samples of each task in a batch: as near to its part as whole numbers are, and at least one."""
    if isinstance(batch_size, bool) or int(batch_size) != batch_size or batch_size < len(sizes):
        raise ValueError(
            f"`batch_size` must be a whole number from {len(sizes)}, the number of tasks. Received: batch_size={batch_size!r}"
        )
    if not temperature >= 1:
        raise ValueError(f"`temperature` must be at least 1. Received: temperature={temperature!r}")
    parts = np.asarray(sizes, np.float64) ** (1.0 / temperature)
    # One for each first; what is left goes by what each lacks.
    rows = np.ones(len(sizes), int)
    wanted = parts / parts.sum() * batch_size
    while rows.sum() < batch_size:
        rows[np.argmax(wanted - rows)] += 1
    return rows.tolist()
