"""Batches from a folder of shards, which need not fit into memory."""

from pathlib import Path

import numpy as np
import tensorflow as tf

from keras_transfer.data import counter_hash
from keras_transfer.data.batches import sample_order, sample_seeds
from keras_transfer.data.record_manifest import read_manifest
from keras_transfer.data.set_epoch import EpochCounter
from keras_transfer.distribution.prefetched import prefetched


def read_records(
    folder,
    batch_size,
    *,
    seed=0,
    shuffle=True,
    map=None,
    buffer=2048,
    cycle=8,
    verify=False,
    strategy=None,
    service=None,
):
    """Make a dataset of batches from what `data.shard` has written, by parallel reads.

    For training (`shuffle=True`) shards are read in an order drawn anew each epoch, `cycle` of them at a time in turns, and
    `buffer` samples at a time are shuffled. Order and seeds are a function of (seed, epoch), whatever the number of threads, so
    `callbacks.Resume` finds its place in an epoch. A last batch that is not full is left out. For evaluation (`shuffle=False`)
    every sample comes once, in the order written.

    With several workers each reads shards of its own, other ones each epoch, and of a shard more than others have nothing is
    read: samples meet that do not on one device.

    Args:
        folder: Folder with a `manifest.json`.
        batch_size: Samples per batch, of all replicas together.
        seed: Any integer.
        shuffle: Whether to draw a new order each epoch.
        map: Function called as `map(batch, seeds)` in the dataset's graph, as in `data.batches`. `batch` is the array, or the
            tuple of arrays, of the samples.
        buffer: Samples that are shuffled together; they are held in memory.
        cycle: Shards read in turns.
        verify: Whether to compare every shard with its SHA-256 first, which reads all of them.
        strategy: The strategy that will train. Default: the one whose scope this is called in.
        service: Address of a dispatcher of tf.data service, such as `"grpc://host:5050"`, whose workers then read, decode and
            augment in the place of this process, for training. They share the shards out among them as they go: each sample
            comes about once an epoch, in no fixed order, so a run that goes on after a kill has not the same bits.

    Returns:
        What `fit` takes: a `tf.data.Dataset`, or with several workers a distributed one. Its number of batches is known.

    Raises:
        ValueError: if the folder is no finished folder of shards, or holds too few samples, or fewer shards than workers, or if
            `service` is given for evaluation or for several workers.

    Example:
        >>> train = keras_transfer.data.read_records("shards/", 256, map=lambda x, seeds: tf.cast(x, "float32") / 255)
    """
    shards = _Shards(folder, read_manifest(folder, verify), seed, buffer, cycle, map)
    strategy = strategy or tf.distribute.get_strategy()
    if batch_size < 1 or buffer < 1 or cycle < 1:
        raise ValueError(
            f"`batch_size`, `buffer` and `cycle` must be >= 1. Received: {batch_size}, {buffer} and {cycle}"
        )
    several = isinstance(strategy, tf.distribute.MultiWorkerMirroredStrategy)
    if service and (several or not shuffle):
        raise ValueError("`service` is for training in one process (`shuffle=True`). Leave it out here.")
    if not shuffle:
        return shards.in_order(batch_size)
    if service:
        return shards.served(batch_size, service, shards.steps(batch_size, 1))
    if not several:
        return shards.drawn(batch_size, batch_size, 1, 0, shards.steps(batch_size, 1))
    steps = []

    def of_worker(context):
        workers, parts = context.num_input_pipelines, context.num_replicas_in_sync
        steps.append(shards.steps(batch_size, workers))
        local = context.get_per_replica_batch_size(batch_size)
        return shards.drawn(
            local, batch_size // workers, workers, context.input_pipeline_id, steps[0] * parts // workers
        )

    made = strategy.distribute_datasets_from_function(of_worker)
    # TensorFlow counts what the replicas of a worker take one by one; Keras reads the number as steps.
    made._cardinality = steps[0]
    return made


class _Shards:
    def __init__(self, folder, manifest, seed, buffer, cycle, map):
        self.folder, self.seed, self.buffer, self.cycle, self.map = folder, seed, buffer, cycle, map
        self.paths = [str(Path(folder) / Path(one["file"]).name) for one in manifest["shards"]]
        self.samples = [one["samples"] for one in manifest["shards"]]
        self.fields = [(tf.as_dtype(field["dtype"]), field["shape"]) for field in manifest["fields"]]

    def steps(self, batch_size, workers):
        """Batches of an epoch that every worker can fill, whichever shards it draws."""
        each = len(self.paths) // workers
        if not each:
            raise ValueError(
                f"{self.folder} has fewer shards than there are workers. Received: {len(self.paths)} shards, {workers} "
                "workers. Write smaller shards: `keras-transfer shard --samples`."
            )
        steps = (
            sum(sorted(self.samples)[:each]) // max(1, batch_size // workers)
            if workers > 1
            else sum(self.samples) // batch_size
        )
        if not steps:
            raise ValueError(
                f"{self.folder} holds too few samples for a batch. Received: {sum(self.samples)} samples in "
                f"{len(self.paths)} shards, batch_size={batch_size}, {workers} workers"
            )
        return steps

    def in_order(self, batch_size):
        """Every sample once."""
        total = sum(self.samples)
        records = tf.data.TFRecordDataset(self.paths).batch(batch_size, num_parallel_calls=tf.data.AUTOTUNE)
        seeds = tf.data.Dataset.from_tensor_slices(sample_seeds(self.seed, 0, total)).batch(batch_size)
        return self._parsed(tf.data.Dataset.zip(records, seeds), -(-total // batch_size))

    def drawn(self, rows, worker_rows, workers, worker, batches):
        """So many batches of so many rows from one worker's shards, in an order of the epoch's own."""
        epochs, samples = EpochCounter(), rows * batches

        def begin():
            epoch = epochs.take()
            order = sample_order(self.seed, epoch, len(self.paths), len(self.paths))
            each = len(self.paths) // workers
            own = order[worker * each : (worker + 1) * each] if workers > 1 else order
            drawing = counter_hash.key(self.seed, epoch, worker, 3) >> np.uint64(1)
            # The seeds of this worker's rows among those of all.
            seeds = sample_seeds(self.seed, epoch, samples * workers).reshape(-1, workers, worker_rows, 2)[:, worker]
            return own, np.int64(drawing), seeds.reshape(-1, 2)[:samples]

        def one_pass(_):
            own, drawing, seeds = tf.numpy_function(begin, [], (tf.int64, tf.int64, tf.int32))
            return tf.ensure_shape(own, (None,)), tf.ensure_shape(drawing, ()), tf.ensure_shape(seeds, (samples, 2))

        def records_of(own, drawing, seeds):
            blocks = self._blocks(
                tf.data.Dataset.from_tensor_slices(tf.gather(tf.constant(self.paths), own)), deterministic=True
            )
            records = blocks.flat_map(lambda number, block: _shuffled(block, tf.stack([drawing, number]))).take(samples)
            seeded = tf.data.Dataset.zip(records, tf.data.Dataset.from_tensor_slices(seeds))
            return seeded.batch(rows, drop_remainder=True)

        return self._parsed(tf.data.Dataset.from_tensors(0).map(one_pass).flat_map(records_of), batches)

    def served(self, batch_size, service, batches):
        """So many batches from the workers of a tf.data service: no Python runs in them."""
        paths = tf.data.Dataset.from_tensor_slices(self.paths).shuffle(len(self.paths)).repeat()
        # Every worker draws for itself, and anew each epoch, whatever TensorFlow's global seed: by the clock.
        blocks = self._blocks(paths, deterministic=False)
        records = blocks.flat_map(lambda number, block: _shuffled(block, tf.stack([_now(), number])))
        seeded = records.batch(batch_size, drop_remainder=True).enumerate()
        seeded = seeded.map(lambda number, batch: (batch, _seeds(tf.stack([_now(), number]), batch_size)))
        sharing = tf.data.experimental.service.ShardingPolicy.DYNAMIC
        dataset = self._parsed(seeded, None)
        dataset = dataset.apply(tf.data.experimental.service.distribute(sharing, service)).take(batches)
        return prefetched(dataset.apply(tf.data.experimental.assert_cardinality(batches)))

    def _blocks(self, paths, deterministic):
        """Numbered blocks of records from several shards at a time, each to be shuffled by itself.

        Not by `Dataset.shuffle`, whose order also depends on TensorFlow's global seed.
        """
        records = paths.interleave(
            tf.data.TFRecordDataset,
            cycle_length=min(self.cycle, len(self.paths)),
            num_parallel_calls=tf.data.AUTOTUNE,
            deterministic=deterministic,
        )
        return records.batch(self.buffer).enumerate()

    def _parsed(self, dataset, batches):
        features = {str(i): tf.io.FixedLenFeature([], tf.string) for i in range(len(self.fields))}

        def parse(records, seeds):
            found = tf.io.parse_example(records, features)
            arrays = [_array(found[str(i)], *field) for i, field in enumerate(self.fields)]
            batch = arrays[0] if len(arrays) == 1 else tuple(arrays)
            return batch if self.map is None else self.map(batch, seeds)

        if batches is not None:
            dataset = dataset.apply(tf.data.experimental.assert_cardinality(batches))
        return prefetched(dataset.map(parse, num_parallel_calls=tf.data.AUTOTUNE, deterministic=True))


def _shuffled(block, seed):
    return tf.data.Dataset.from_tensor_slices(tf.random.experimental.stateless_shuffle(block, seed))


def _now():
    return tf.bitcast(tf.timestamp(), tf.int64)


def _seeds(seed, count):
    return tf.random.stateless_uniform((count, 2), seed, minval=None, maxval=None, dtype=tf.int32)


def _array(texts, dtype, shape):
    # A record of another length than the manifest says would otherwise be read as other numbers of rows.
    flat = tf.io.decode_raw(texts, tf.uint8 if dtype == tf.bool else dtype)
    array = tf.reshape(flat, tf.concat([tf.shape(texts), tf.constant(shape, tf.int32)], 0))
    return tf.ensure_shape(tf.cast(array, dtype), [texts.shape[0], *shape])
