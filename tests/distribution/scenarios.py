"""Trainings that must come out the same on one device and on several workers.

Each returns named arrays: weights, histories, results. `two_workers.py` runs them all in each worker of a pair of processes,
the test runs them on one device.
"""

import keras
import numpy as np
import tensorflow as tf

import keras_transfer as kt
from tests.objectives.all_cases import all_cases

ROWS = 103  # Divides by nothing: last batches of 3 and 7, smaller than and not a multiple of the replicas.


def everything(strategy):
    results = {}
    plain = (plain_fit, arrays_in_memory, ordered_batches, own_shares, callbacks, uneven)
    # With two replicas in each of two workers ContractiveAutoencoder differs by 7e-4, presumably since rows reach the replicas in
    # another order there and its random directions go by a row's place. `tests/objectives` compares four replicas of one process.
    every = (objectives,) if strategy.num_replicas_in_sync <= 2 else ()
    for scenario in (*plain, simclr, clip, siglip, *every):
        for name, value in scenario(strategy).items():
            results[f"{scenario.__name__}/{name}"] = np.asarray(value)
    return results


def samples():
    x = np.random.RandomState(0).rand(ROWS, 8).astype("float32")
    return x, (x.sum(1) > 4).astype("float32")


def classifier(strategy, optimizer="sgd", steps_per_execution=1):
    with strategy.scope():
        keras.utils.set_random_seed(3)
        # Not built: `fit` does that.
        model = keras.Sequential(
            [
                # No bias: its gradient before batch norm is zero but for rounding, which Adam blows up to full steps.
                keras.layers.Dense(16, "tanh", use_bias=False),
                keras.layers.BatchNormalization(synchronized=True, momentum=0.7),
                keras.layers.Dense(1, "sigmoid"),
            ]
        )
        made = keras.optimizers.Adam(0.003) if optimizer == "adam" else keras.optimizers.SGD(0.05, momentum=0.9)
        model.compile(
            made,
            "binary_crossentropy",
            metrics=["accuracy", keras.metrics.AUC(name="auc")],
            steps_per_execution=steps_per_execution,
        )
    return model


def outcome(model, history=None):
    result = {f"weight{index}": weight for index, weight in enumerate(model.get_weights())}
    return {**result, **{f"history_{name}": values for name, values in (history.history if history else {}).items()}}


def in_order(arrays, batch_size, **options):
    return tf.data.Dataset.from_tensor_slices(arrays).batch(batch_size, **options)


def plain_fit(strategy):
    """50 steps of `compile` and `fit` on a `tf.data.Dataset`, with validation, then `evaluate` and `predict`."""
    x, y = samples()
    model = classifier(strategy)
    history = model.fit(
        in_order((x, y), 20, drop_remainder=True), validation_data=in_order((x, y), 20), epochs=10, verbose=0
    )
    result = outcome(model, history)
    for batch in (20, 34, 51):  # remainders of 3, 1 and 1
        result[f"evaluate{batch}"] = model.evaluate(in_order((x, y), batch), verbose=0)
        result[f"predict{batch}"] = model.predict(in_order(x, batch), verbose=0)
    return result


def arrays_in_memory(strategy):
    """NumPy arrays, two steps an execution with one left over, a validation split, sample weights."""
    x, y = samples()
    model = classifier(strategy, "adam", steps_per_execution=2)
    history = model.fit(x[:80], y[:80], batch_size=20, epochs=5, shuffle=False, validation_split=0.25, verbose=0)
    result = outcome(model, history)
    result["predict"] = model.predict(x, batch_size=25, verbose=0)
    result["weighted"] = model.evaluate(x, y, batch_size=25, sample_weight=np.linspace(0, 1, ROWS), verbose=0)
    return result


def ordered_batches(strategy):
    """Shuffled batches, whose order is a function of (seed, epoch)."""
    model = classifier(strategy, "adam")
    history = model.fit(kt.data.batches(samples(), 20, seed=5), epochs=10, verbose=0)
    return outcome(model, history)


def own_shares(strategy):
    """Batches planned by all workers and loaded by their owners."""
    x, y = samples()
    loaded = []

    def load(rows):
        tf.numpy_function(lambda rows: loaded.extend(rows.tolist()), [rows], [])
        return tf.gather(x, rows), tf.gather(y, rows)

    def inputs(rows):
        return tf.gather(x, rows)

    plan = tf.data.Dataset.range(ROWS).shuffle(ROWS, seed=2, reshuffle_each_iteration=True).batch(20)
    model = classifier(strategy, "adam")
    history = model.fit(kt.distribution.load_own_share(plan.take(5), load, strategy), epochs=10, verbose=0)
    result = {**outcome(model, history), "rows_loaded": len(loaded)}
    ordered = tf.data.Dataset.range(ROWS).batch(25)
    result["evaluate"] = model.evaluate(kt.distribution.load_own_share(ordered, load, strategy), verbose=0)
    result["predict"] = model.predict(kt.distribution.load_own_share(ordered, inputs, strategy), verbose=0)
    return result


def callbacks(strategy):
    """Callbacks that decide from the logs decide the same in every worker."""
    x, y = samples()
    model = classifier(strategy)
    seen = []
    history = model.fit(
        in_order((x, y), 20, drop_remainder=True),
        validation_data=in_order((x, 1 - y), 20),
        epochs=20,
        verbose=0,
        callbacks=[
            keras.callbacks.EarlyStopping("val_loss", patience=3, restore_best_weights=True),
            keras.callbacks.ReduceLROnPlateau("val_loss", patience=1),
            keras.callbacks.LambdaCallback(on_train_batch_end=lambda batch, logs: seen.append(logs["loss"])),
        ],
    )
    return {**outcome(model, history), "steps": len(seen)}


def uneven(strategy):
    """Last batches that do not divide: training ends, and in step; metrics count every sample once."""
    x, y = samples()
    model = classifier(strategy)
    history = model.fit(in_order((x, y), 34), epochs=2, verbose=0)
    # The last batch holds one sample. Its gradient is not compared: Keras divides by replicas, not by samples.
    return {
        "steps": model.optimizer.iterations.numpy(),
        "finite": all(np.isfinite(weight).all() for weight in model.get_weights()),
        "epochs": history.epoch,
        "rows": _rows_counted(strategy),
    }


def _rows_counted(strategy):
    with strategy.scope():
        model = keras.Sequential([keras.Input((1,)), keras.layers.Identity()])
        model.compile(loss="mae", metrics=[CountRows(name="rows")])
    ones = np.ones((ROWS, 1), "float32")
    return model.evaluate(in_order((ones, 0 * ones), 34), return_dict=True, verbose=0)["rows"]


class CountRows(keras.metrics.Metric):
    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.rows = self.add_variable((), "zeros", name="rows")

    def update_state(self, y_true, y_pred, sample_weight=None):
        self.rows.assign_add(keras.ops.cast(keras.ops.shape(y_true)[0], "float32"))

    def result(self):
        return self.rows


def simclr(strategy):
    """An objective that compares every sample with the whole batch, not with the worker's share of it."""
    x, _ = samples()
    views = (x, np.random.RandomState(1).normal(x, 0.1).astype("float32"))
    model = contrastive(strategy, 0.02, momentum=0.9)
    history = model.fit(kt.data.batches((views,), 20, seed=6), epochs=10, verbose=0)
    result = outcome(model, history)

    return {**result, **gradient_of(contrastive(strategy, 1.0), views)}


def gradient_of(model, inputs):
    """One step of plain SGD at rate 1 is the gradient of the whole batch."""
    before = [weight.numpy() for weight in model.trainable_weights]
    model.fit(in_order((inputs,), 100).take(1), epochs=1, verbose=0)
    moved = zip(before, model.trainable_weights, strict=True)
    return {f"gradient{index}": old - new.numpy() for index, (old, new) in enumerate(moved)}


def clip(strategy):
    """Two encoders, and a scale that all workers' pairs have a say in."""
    return of_pairs(strategy, kt.objectives.CLIP)


def siglip(strategy):
    """The same, and a bias."""
    return of_pairs(strategy, kt.objectives.SigLIP)


def of_pairs(strategy, objective):
    x, _ = samples()
    with strategy.scope():
        keras.utils.set_random_seed(5)
        encoders = [keras.Sequential([keras.Input((8,)), keras.layers.Dense(6, "tanh")]) for _ in range(2)]
        model = objective(*encoders, projection=4)
        model.compile(keras.optimizers.SGD(1.0))
    return gradient_of(model, (x, np.random.RandomState(2).normal(x, 0.1).astype("float32")))


def objectives(strategy):
    """Two steps of every objective there is: negatives, statistics, queues, centres and random numbers of the whole batch."""
    results = {}
    for name, case in all_cases().items():
        with strategy.scope():
            model = case().seeded()
        history = model.fit(case().dataset(16, 8), verbose=0)
        results.update({f"{name}/{key}": value for key, value in outcome(model, history).items()})
    return results


def contrastive(strategy, rate, momentum=0.0):
    with strategy.scope():
        keras.utils.set_random_seed(4)
        encoder = keras.Sequential([keras.Input((8,)), keras.layers.Dense(16, "tanh"), keras.layers.Dense(8)])
        model = kt.objectives.SimCLR(encoder, temperature=0.2, projection=(16, 8))
        model.compile(keras.optimizers.SGD(rate, momentum=momentum))
    return model
