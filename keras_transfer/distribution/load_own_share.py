"""Input of several workers in which no worker makes what another one uses."""

import tensorflow as tf

from keras_transfer.distribution.prefetched import prefetched


def load_own_share(plan, load, strategy=None):
    """Make the dataset of a run with several workers so that each worker loads only its own rows of every batch.

    Given an ordinary dataset, `fit` lets every worker make every batch and throw away the shares of the others (or, for a
    dataset of files, gives each worker some of the files, which changes which samples meet in a batch). With W workers that
    is W times the decoding and augmenting. Here the batches are *planned* by all, which is cheap, and *loaded* by their owners.
    The union of the shares is the planned batch, row for row, so W workers train on what one device would.

    Args:
        plan: `tf.data.Dataset` of batches of the *global* size, of what it takes to load them: row numbers, paths, seeds. Every
            worker must make the same plan: seed its shuffling.
        load: Function from a share of a planned batch to a share of the training batch, in the dataset's graph. It must take a
            share of zero rows, which a last batch smaller than the number of replicas leaves for some.
        strategy: The strategy that will train. Default: the one whose scope this is called in.

    Returns:
        What `fit`, `evaluate` and `predict` take: for several workers a `tf.distribute.DistributedDataset`, else a
        `tf.data.Dataset`.

    Raises:
        ValueError: if `plan` is not a `tf.data.Dataset`.

    Example:

    ```python
    paths = tf.data.Dataset.from_tensor_slices(files).shuffle(len(files), seed=1).batch(1024, drop_remainder=True)
    train = keras_transfer.distribution.load_own_share(paths, decode_and_augment, strategy)
    model.fit(train, epochs=100)
    ```
    """
    if not isinstance(plan, tf.data.Dataset):
        raise ValueError(
            f"`plan` must be a tf.data.Dataset of batches that are not distributed yet. Received: {type(plan)}"
        )
    strategy = strategy or tf.distribute.get_strategy()
    if not isinstance(strategy, tf.distribute.MultiWorkerMirroredStrategy):
        return _loaded(plan, load)
    made = strategy.distribute_datasets_from_function(lambda context: _loaded(_own_parts(plan, context), load))
    # TensorFlow counts what the replicas of a worker take one by one; Keras reads the number as steps.
    made._cardinality = plan.cardinality().numpy()
    return made


def _loaded(plan, load):
    return prefetched(plan.map(load, num_parallel_calls=tf.data.AUTOTUNE, deterministic=True))


def _own_parts(plan, context):
    workers, parts = context.num_input_pipelines, context.num_replicas_in_sync
    # Part `replica * workers + worker`, as TensorFlow's own sharding has it and as `predict` puts outputs together again.
    own = tf.range(context.input_pipeline_id, parts, workers, dtype=tf.int64)

    def split(*batch):
        batch = batch[0] if len(batch) == 1 else batch
        rows = tf.shape(tf.nest.flatten(batch)[0], out_type=tf.int64)[0]

        def part(number):
            return tf.nest.map_structure(
                lambda tensor: tensor[rows * number // parts : rows * (number + 1) // parts], batch
            )

        return tf.data.Dataset.from_tensor_slices(own).map(part)

    return plan.flat_map(split)
