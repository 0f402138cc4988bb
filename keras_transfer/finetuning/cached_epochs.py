"""The first epochs of a schedule that starts with a frozen encoder, on cached features."""

import functools

import keras
import numpy as np
import tensorflow as tf

from keras_transfer.callbacks.gradual_unfreeze import GradualUnfreeze
from keras_transfer.data.batches import sample_order, sample_seeds
from keras_transfer.distribution.prefetched import prefetched
from keras_transfer.finetuning.feature_cache import FeatureCache
from keras_transfer.finetuning.frozen_prefix import frozen_prefix, run
from keras_transfer.finetuning.labelled_batches import weights_of

# Of features that are read for one execution.
_MOST_BYTES = 1 << 26


def as_cache(cache):
    """The `FeatureCache` that an argument stands for, or None."""
    if cache is None or isinstance(cache, FeatureCache):
        return cache
    return FeatureCache(None if cache == "memory" else cache)


def cached_epochs(
    network,
    callbacks,
    cache,
    data,
    *,
    epochs,
    steps,
    batch_size,
    seed,
    augment=None,
    mix=None,
    weights=None,
    validation_data=None,
    metrics=("accuracy",),
):
    """Train the head for as many epochs as the encoder below stays frozen, as `fit` would, without running the encoder.

    Optimizer, order of the samples and the callback's state are those of the network, so that `fit` can go on from there.

    Args:
        network: Compiled classifier.
        callbacks: The recipe's; a `GradualUnfreeze` among them says when the encoder starts.
        cache: `FeatureCache`.
        data: `(x, y)` arrays.
        epochs: Of the whole training.
        steps: Of an epoch.
        batch_size: Samples a step.
        seed: Of the order.
        augment: As for `finetune`.
        mix: As for `finetune`.
        weights: Of classes, an array, or None.
        validation_data: `(x, y)` arrays or a dataset, or None.
        metrics: To compile with.

    Returns:
        `(done, history)`: number of epochs, and the dict of their logs.

    Raises:
        ValueError: if features cannot be cached, with the reason.
    """
    unfreeze = next((one for one in callbacks if isinstance(one, GradualUnfreeze)), None)
    if unfreeze is None:
        return 0, {}
    done = min(epochs, _frozen_epochs(unfreeze, steps))
    if not done:
        return 0, {}
    if mix is not None:
        raise ValueError("Features cannot be cached: inputs are mixed anew in every epoch. Train without `mix`.")
    unfreeze.set_model(network)
    unfreeze.on_train_begin()
    x, y = data
    prefix, tail = frozen_prefix(network, x[:2])
    found = cache.features(prefix, x, augment, seed)
    strategy = network.distribute_strategy
    # Many steps in one execution: they are shorter than what Keras does between them. Replicas have to take turns.
    sample = found[0] if augment is None else found[0, 0]
    together = _together(steps, batch_size * sample.nbytes) if strategy.num_replicas_in_sync == 1 else 1
    with strategy.scope():
        head = _Tail(tail, together)
        # Compiled as the network is: XLA draws other random numbers.
        head.compile(network.optimizer, network.loss, metrics=list(metrics), jit_compile=network.jit_compile)
    executions = steps // together
    how = dict(views=augment is not None, weights=weights)
    history = head.fit(
        # One iterator for all epochs: to make one takes longer than an epoch.
        _rows(found, y, together * batch_size, seed, done, executions, **how),
        epochs=done,
        steps_per_epoch=executions,
        validation_data=_validation(prefix, cache, validation_data),
        callbacks=[_Meanwhile(unfreeze)],
        verbose=0,
        shuffle=False,
    )
    state = unfreeze.get_state()
    unfreeze.set_state({**state, "step": state["step"] + done * steps})
    return done, history.history


def _frozen_epochs(unfreeze, steps):
    if unfreeze.plateau is not None:
        raise ValueError(
            "Features cannot be cached: when the encoder starts to train depends on a metric. Unfreeze `at` given epochs."
        )
    starts = unfreeze.at if unfreeze.at is not None else [step // steps for step in unfreeze.at_steps]
    return starts[0] if starts else 0


def _together(steps, bytes_a_step):
    """How many steps to make at once: as many as divide an epoch and fit into memory with ease."""
    return max(n for n in range(1, steps + 1) if steps % n == 0 and (n == 1 or n * bytes_a_step <= _MOST_BYTES))


def _rows(found, y, batch_size, seed, epochs, executions, views, weights):
    """Batches of features of all epochs, in the order in which `data.batches` gives the samples."""
    samples, length = len(y), batch_size * executions
    flat = found.reshape(-1, *found.shape[2:]) if views else found
    with tf.device("CPU:0"):
        labels = tf.convert_to_tensor(y)
        kept = None if isinstance(found, np.memmap) else tf.convert_to_tensor(flat)

    @functools.lru_cache(maxsize=1)
    def of_epoch(epoch):
        rows, seeds = sample_order(seed, epoch, samples, length), sample_seeds(seed, epoch, length)
        return rows, rows + samples * (seeds[:, 0] % len(found)) if views else rows

    def of_execution(number):
        epoch, part = divmod(int(number), executions)
        return tuple(rows[part * batch_size : (part + 1) * batch_size] for rows in of_epoch(epoch))

    def take(number):
        rows, places = tf.numpy_function(of_execution, [number], (tf.int64, tf.int64))
        if kept is not None:
            inputs = tf.gather(kept, places)
        else:
            inputs = tf.numpy_function(lambda at: np.ascontiguousarray(flat[at]), [places], tf.as_dtype(flat.dtype))
        inputs = tf.ensure_shape(inputs, (batch_size, *flat.shape[1:]))
        classes = tf.ensure_shape(tf.gather(labels, rows), (batch_size, *labels.shape[1:]))
        return (inputs, classes) if weights is None else (inputs, classes, weights_of(classes, weights))

    # In turns, so that an epoch's order is worked out once.
    return prefetched(tf.data.Dataset.range(epochs * executions).map(take))


def _validation(prefix, cache, data):
    if data is None:
        return None
    if isinstance(data, tuple):
        return cache.features(prefix, data[0]), *data[1:]
    columns = zip(*(keras.utils.unpack_x_y_sample_weight(batch) for batch in data), strict=True)
    inputs, *others = ([part for part in column if part is not None] for column in columns)
    inputs = [keras.ops.convert_to_numpy(run(prefix, part)) for part in inputs]
    return tuple(np.concatenate(parts) for parts in (inputs, *others) if parts)


class _Tail(keras.Model):
    """The layers after the prefix, shared with the network; of a batch it makes several steps."""

    def __init__(self, chain, together):
        super().__init__(name="tail")
        self.chain, self.together = chain, together

    def call(self, inputs, training=None):
        return run(self.chain, inputs, training)

    def train_step(self, data):
        if self.together == 1:
            return super().train_step(data)
        parts = tf.nest.map_structure(lambda rows: tf.reshape(rows, (self.together, -1, *rows.shape[1:])), data)

        def step(number):
            super(_Tail, self).train_step(tf.nest.map_structure(lambda rows: rows[number], parts))
            return number + 1

        # The first by itself, so that whatever is made is made outside of the loop.
        tf.while_loop(lambda number: number < self.together, step, [step(0)], parallel_iterations=1)
        return self.get_metrics_result()


class _Meanwhile(keras.callbacks.Callback):
    """What happens besides in an epoch of the network."""

    def __init__(self, unfreeze):
        super().__init__()
        self.unfreeze = unfreeze

    def on_epoch_end(self, epoch, logs=None):
        self.unfreeze.on_epoch_end(epoch, logs)
