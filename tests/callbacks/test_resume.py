import re

import keras
import numpy as np
import pytest
import tensorflow as tf

from keras_transfer import data as ktd
from keras_transfer.callbacks import Resume
from tests.callbacks.resume_case import KillAt, Killed, assert_same, run
from tests.replicas import mirrored


def data(batches=5, batch=4, features=6, seed=0):
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(batches * batch, features)).astype(np.float32)
    return x, (x.sum(1, keepdims=True) > 0).astype(np.float32)


def dataset():
    return tf.data.Dataset.from_tensor_slices(data()).batch(4)


def samples():
    return dataset().unbatch()


def network(*extra):
    return keras.Sequential([keras.Input((6,)), keras.layers.Dense(8, "relu"), *extra, keras.layers.Dense(1)])


def build(optimizer=lambda: keras.optimizers.AdamW(0.05), layers=(), callbacks=(), fit=dict, **compile):
    """Script to be run again and again: returns `(model, fit_arguments)`."""

    def make():
        keras.utils.set_random_seed(3)
        model = network(*[make_layer() for make_layer in layers])
        model.compile(optimizer(), "mse", metrics=["mae"], **compile)
        return model, {"x": dataset(), "callbacks": [make_callback() for make_callback in callbacks], **fit()}

    return make


_quiet = {}


def check(make, tmp_path, kills=(4, 3), every=2, like=None, **arguments):
    """Killed and resumed is the same as quiet, to the bit; checks that are `like` one another share the quiet run."""
    quiet = _quiet.get(like) or run(make, tmp_path / "quiet", every=every, **arguments)
    if like is not None:
        _quiet[like] = quiet
    killed = run(make, tmp_path / "killed", kills, every=every, **arguments)
    assert_same(quiet, killed)
    return quiet, killed


@pytest.mark.parametrize("every", ["epoch", 1, 3])
def test_any_interval(tmp_path, every):
    check(build(), tmp_path, kills=(7, 4), every=every, like="any interval")


@pytest.mark.parametrize("batches", [1, 4, 5, 6, 14])
def test_any_batch(tmp_path, batches):
    check(build(layers=[lambda: keras.layers.Dropout(0.5)]), tmp_path, kills=[batches], every=1, like="any batch")


class Shuffling(keras.utils.PyDataset):
    def __init__(self):
        super().__init__()
        self.rows, self.rng = np.arange(20), np.random.default_rng(0)

    def __len__(self):
        return 5

    def __getitem__(self, i):
        return tuple(array[self.rows[4 * i : 4 * i + 4]] for array in data())

    def on_epoch_end(self):
        self.rng.shuffle(self.rows)


def noisy(batch, seeds):
    return batch[0] + ktd.uniform(seeds, 6), batch[1]


def endless():
    yield from dataset().repeat().as_numpy_iterator()


DATA = {
    "keras_transfer.data": lambda: {"x": ktd.batches(data(), 4, seed=7, map=noisy)},
    "shuffle with a seed": lambda: {"x": samples().shuffle(20, seed=1).batch(4)},
    "shuffle with a global seed": lambda: {"x": samples().shuffle(20).batch(4)},
    "shuffled stream": lambda: {"x": samples().shuffle(20, seed=1).repeat().batch(4), "steps_per_epoch": 5},
    "stream longer than an epoch": lambda: {"x": dataset(), "steps_per_epoch": 3},
    "unknown cardinality": lambda: {"x": dataset().filter(lambda x, y: True)},
    "arrays": lambda: dict(zip("xy", data(), strict=True)) | {"batch_size": 4},
    "PyDataset": lambda: {"x": Shuffling()},
    "PyDataset in order": lambda: {"x": Shuffling(), "shuffle": False},
    "generator": lambda: {"x": endless(), "steps_per_epoch": 5},
    "validation": lambda: {"x": dataset(), "validation_data": data(seed=1), "validation_freq": 2},
    "validation split": lambda: dict(zip("xy", data(), strict=True)) | {"batch_size": 4, "validation_split": 0.2},
}


@pytest.mark.parametrize("name", DATA)
@pytest.mark.filterwarnings("ignore:Your input ran out of data")
def test_data(name, tmp_path):
    check(build(layers=[lambda: keras.layers.Dropout(0.3)], fit=DATA[name]), tmp_path)


OPTIMIZERS = {
    "momentum and schedule": lambda: keras.optimizers.SGD(
        keras.optimizers.schedules.CosineDecay(0.1, 15), momentum=0.9, nesterov=True
    ),
    "average": lambda: keras.optimizers.Adam(0.05, use_ema=True, ema_overwrite_frequency=3),
    "accumulation": lambda: keras.optimizers.Adam(0.05, gradient_accumulation_steps=3),
    "loss scale": lambda: keras.optimizers.LossScaleOptimizer(
        keras.optimizers.Adam(0.05), initial_scale=8.0, dynamic_growth_steps=4
    ),
}


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_optimizer(name, tmp_path):
    check(build(OPTIMIZERS[name], layers=[keras.layers.BatchNormalization]), tmp_path)


@pytest.mark.parametrize("policy", ["mixed_float16", "mixed_bfloat16", "bfloat16"])
def test_precision(policy, tmp_path):
    keras.config.set_dtype_policy(policy)
    try:
        check(build(layers=[lambda: keras.layers.GaussianNoise(0.1)]), tmp_path)
    finally:
        keras.config.set_dtype_policy("float32")


CALLBACKS = {
    "plateau": lambda: keras.callbacks.ReduceLROnPlateau("loss", patience=1, min_delta=1.0, factor=0.5),
    "early stopping": lambda: keras.callbacks.EarlyStopping(
        "loss", patience=1, min_delta=1.0, restore_best_weights=True
    ),
    "schedule": lambda: keras.callbacks.LearningRateScheduler(lambda epoch, rate: rate * 0.8),
    "averaged weights": lambda: keras.callbacks.SwapEMAWeights(swap_on_epoch=True),
}


@pytest.mark.parametrize("position", [0, 1])
@pytest.mark.parametrize("name", CALLBACKS)
def test_callback_of_keras(name, position, tmp_path):
    make = build(
        lambda: keras.optimizers.Adam(0.05, use_ema=name == "averaged weights"),
        callbacks=[CALLBACKS[name]],
        fit=lambda: {"validation_data": data(seed=1)},
    )
    (_, history), _ = check(make, tmp_path, epochs=4, position=position, like=name)
    if name == "plateau":
        assert history.history["learning_rate"][-1] < history.history["learning_rate"][0]
    if name == "early stopping":
        assert len(history.epoch) < 4


def test_steps_per_execution(tmp_path):
    check(build(steps_per_execution=2), tmp_path, kills=(2, 2))


def test_two_replicas(tmp_path):
    def make():
        keras.utils.set_random_seed(3)
        with mirrored(2).scope():
            model = network(keras.layers.Dropout(0.5), keras.layers.BatchNormalization())
            model.compile(keras.optimizers.Adam(0.05), "mse", metrics=["mae"])
        return model, {"x": ktd.batches(data(), 4, seed=7)}

    check(make, tmp_path, kills=[4], epochs=2)


class Contrast(keras.Model):
    """State in every place a model may keep it."""

    def __init__(self):
        super().__init__()
        self.net = network()
        self.queue = self.add_weight(shape=(3,), trainable=False, initializer="zeros", name="queue")
        self.hidden = {"far": [keras.random.SeedGenerator(5)], "plain": tf.Variable(0.0, name="plain")}
        self.steps = keras.metrics.Sum(name="steps")

    def call(self, x):
        return self.net(x)

    def train_step(self, batch):
        noise = keras.random.normal((3,), seed=self.hidden["far"][0]) + keras.random.normal((3,))
        self.queue.assign(tf.concat([self.queue[1:], noise[:1]], 0) + self.hidden["plain"])
        self.hidden["plain"].assign_add(0.1)
        self.steps.update_state(1.0)
        logs = super().train_step((batch[0] + self.queue[0], batch[1]))
        return {"loss": logs["loss"], "queue": tf.reduce_sum(self.queue), "steps": self.steps.result()}


def test_state_in_unusual_places(tmp_path):
    def make():
        keras.utils.set_random_seed(3)
        keras.src.backend.common.global_state.set_global_attribute("global_seed_generator", None)
        model = Contrast()
        model.build((None, 6))
        model.compile(keras.optimizers.Adam(0.05), "mse")
        return model, {"x": dataset()}

    (quiet, history), (killed, _) = check(make, tmp_path)
    assert float(quiet.hidden["plain"]) == float(killed.hidden["plain"]) != 0
    assert len(set(history.history["queue"])) == 3


def test_more_epochs_continue_a_finished_fit(tmp_path):
    ema = build(lambda: keras.optimizers.Adam(0.05, use_ema=True))
    run(ema, tmp_path / "killed", epochs=2)
    assert_same(run(ema, tmp_path / "quiet", epochs=4), run(ema, tmp_path / "killed", epochs=4))


def test_fewer_epochs_keep_a_finished_fit(tmp_path, capsys):
    make = build()
    first = run(make, tmp_path, epochs=3)
    assert_same(first, run(make, tmp_path, epochs=2))
    assert "had finished after 3 epochs" in capsys.readouterr().out


def test_finished_fit_is_skipped(tmp_path):
    make = build(
        lambda: keras.optimizers.Adam(0.05, use_ema=True),
        callbacks=[lambda: keras.callbacks.EarlyStopping("loss", patience=0, min_delta=9.0, restore_best_weights=True)],
    )
    first = run(make, tmp_path, epochs=5)
    assert len(first[1].epoch) == 2  # stopped early; asking for more epochs changes nothing
    for epochs in (5, 8):
        assert_same(first, run(make, tmp_path, epochs=epochs))


def script(directory, kill_in=None):
    """Two fits of one model in one script: a second phase that begins with the weights of the first."""
    from keras_transfer.callbacks import resume

    resume._fits_begun.clear()  # a new process
    keras.utils.set_random_seed(3)
    model = network()
    histories = []
    for phase, epochs in enumerate((2, 3)):
        model.compile(keras.optimizers.Adam(0.05 / (phase + 1)), "mse")
        callbacks = [Resume(directory)] + ([KillAt(7)] if kill_in == phase else [])
        histories.append(model.fit(dataset(), epochs=epochs, verbose=0, callbacks=callbacks).history)
    assert model._initial_epoch is None
    return model.get_weights(), histories


@pytest.mark.parametrize("phase", [0, 1])
def test_several_fits_in_a_script(phase, tmp_path):
    weights, histories = script(tmp_path / "quiet")
    with pytest.raises(Killed):
        script(tmp_path / "killed", kill_in=phase)
    again, histories_again = script(tmp_path / "killed")
    assert histories == histories_again
    assert [len(history["loss"]) for history in histories] == [2, 3]
    for one, other in zip(weights, again, strict=True):
        np.testing.assert_array_equal(one, other)
    assert sorted(path.name for path in (tmp_path / "killed").iterdir()) == ["fit-1", "fit-2"]


class Counter(keras.callbacks.Callback):
    """A user's callback with state."""

    def __init__(self):
        super().__init__()
        self.seen = 0

    def on_train_batch_end(self, batch, logs=None):
        self.seen += 1


class Saved(Counter):
    def get_state(self):
        return {"seen": self.seen}

    def set_state(self, state):
        self.seen = state["seen"]


def test_own_callback_takes_part(tmp_path):
    made = []

    def make_callback():
        made.append(Saved())
        return made[-1]

    run(build(callbacks=[make_callback]), tmp_path, kills=(4, 3), every=2)
    assert len(made) == 3 and made[-1].seen == 15


def test_state_that_cannot_be_saved_is_named(tmp_path):
    with pytest.warns(UserWarning, match=r"`Counter` changed \['seen'\] .* no `get_state`"):
        run(build(callbacks=[Counter]), tmp_path, kills=[4], every=2)


def test_callback_that_is_gone_is_named(tmp_path):
    with pytest.raises(Killed):
        model, fit = build()()
        model.fit(epochs=2, verbose=0, **{**fit, "callbacks": [Saved(), Resume(tmp_path, name="run"), KillAt(7)]})
    with pytest.warns(UserWarning, match="State was saved for `Saved`"):
        run(build(), tmp_path, epochs=2)


class Unhurried(keras.callbacks.Callback):
    """Lets `Resume` finish writing, so that every state that is due is written."""

    def __init__(self, resume):
        super().__init__()
        self.resume = resume

    def on_train_batch_begin(self, batch, logs=None):
        if self.resume._writer._thread is not None:
            self.resume._writer._thread.join()


def test_nan_is_not_saved_and_said(tmp_path):
    model, _ = build()()
    x, y = data()
    x[13] = np.nan  # in batch 4
    resume = Resume(tmp_path, every=1, name="run")
    with pytest.warns(UserWarning) as said:
        model.fit(x, y, batch_size=4, shuffle=False, verbose=0, callbacks=[resume, Unhurried(resume)])
    assert len(said) == 3  # after batch 4, at the end of the epoch, and of the fit
    assert re.match(
        r"The state of epoch 1, after batch 4 was not saved, because model variable `.*kernel` .* holds NaN or infinity; "
        r"the last good one stays in .*00000003\.",
        str(said[0].message),
    )
    model, fit = build()()
    with pytest.raises(Killed):
        model.fit(epochs=2, verbose=0, **{**fit, "callbacks": [Resume(tmp_path, name="run"), KillAt(0)]})
    assert int(model.optimizer.iterations) == 3
    assert all(np.isfinite(value).all() for value in model.get_weights())
