import keras
import numpy as np
import pytest

from keras_transfer.callbacks import NaNGuard, Resume
from tests.replicas import mirrored


def model():
    network = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])
    network.compile(keras.optimizers.SGD(0.01), "mse")
    return network


def data(bad_row=None):
    x = np.ones((12, 2), np.float32)
    if bad_row is not None:
        x[bad_row] = np.nan
    return x, np.ones((12, 1), np.float32)


def test_the_batch_is_named():
    with pytest.raises(FloatingPointError, match="loss = nan at epoch 1, batch 3"):
        model().fit(*data(bad_row=9), batch_size=4, shuffle=False, verbose=0, callbacks=[NaNGuard()])


def test_validation_is_looked_at():
    with pytest.raises(FloatingPointError, match="val_loss = nan at the end of epoch 1"):
        model().fit(*data(), validation_data=data(bad_row=0), verbose=0, callbacks=[NaNGuard()])


def test_good_training_is_left_alone():
    assert len(model().fit(*data(), epochs=2, verbose=0, callbacks=[NaNGuard(every=2)]).history["loss"]) == 2


def test_the_last_good_state_is_intact(tmp_path):
    keras.utils.set_random_seed(0)
    network = model()
    network.fit(*data(), epochs=1, verbose=0, callbacks=[Resume(tmp_path, name="fit")])
    good = network.get_weights()
    with pytest.raises(FloatingPointError):
        network.fit(*data(bad_row=0), epochs=2, verbose=0, callbacks=[NaNGuard(), Resume(tmp_path, name="fit")])
    again = model()
    again.fit(*data(), epochs=1, verbose=0, callbacks=[Resume(tmp_path, name="fit")])
    for before, after in zip(good, again.get_weights(), strict=True):
        np.testing.assert_array_equal(before, after)


def test_every_is_checked():
    with pytest.raises(ValueError, match="every=0"):
        NaNGuard(0)
    with pytest.raises(ValueError, match="rollback=-1"):
        NaNGuard(rollback=-1)


def noisy():
    """A network with state of every kind: dropout's generator, batch norm, Adam."""
    keras.utils.set_random_seed(0)
    network = keras.Sequential(
        [keras.Input((2,)), keras.layers.Dense(4), keras.layers.BatchNormalization(), keras.layers.Dropout(0.5)]
    )
    network.add(keras.layers.Dense(1))
    network.compile(keras.optimizers.Adam(0.01), "mse", metrics=["mae"])
    return network


def rows(count=24):
    rng = np.random.default_rng(0)
    return rng.normal(size=(count, 2)).astype(np.float32), rng.normal(size=(count, 1)).astype(np.float32)


@pytest.mark.parametrize("bad", [0, 2, 5])
def test_going_back_is_as_if_the_batch_had_not_been_there(bad, capsys):
    x, y = rows()
    spoilt = x.copy()
    spoilt[4 * bad + 1] = np.nan
    quiet = noisy()
    kept = [i for i in range(24) if i // 4 != bad]
    expected = quiet.fit(x[kept], y[kept], batch_size=4, shuffle=False, verbose=0).history
    network = noisy()
    history = network.fit(spoilt, y, batch_size=4, shuffle=False, verbose=0, callbacks=[NaNGuard(rollback=1)]).history
    assert f"epoch 1, batch {bad + 1}. Went back to the last good state" in capsys.readouterr().out
    for one, other in zip(quiet.variables, network.variables, strict=True):
        np.testing.assert_array_equal(one.numpy(), other.numpy(), err_msg=one.path)
    for one, other in zip(quiet.optimizer.variables, network.optimizer.variables, strict=True):
        np.testing.assert_array_equal(one.numpy(), other.numpy(), err_msg=one.path)
    assert history == expected


def test_the_batch_is_saved_and_its_row_named(tmp_path, capsys):
    x, y = rows()
    x[9, 1] = np.inf
    guard = NaNGuard(rollback=1, save=tmp_path / "bad")
    noisy().fit(x, y, batch_size=4, shuffle=False, verbose=0, callbacks=[guard])
    said = capsys.readouterr().out
    path = tmp_path / "bad" / "epoch-1-batch-3.npz"
    assert f"The batch is in {path}. It is not finite in x, row 1." in said
    with np.load(path, allow_pickle=False) as saved:
        np.testing.assert_array_equal(saved["x"], x[8:12])
        np.testing.assert_array_equal(saved["y"], y[8:12])


def test_the_batch_is_found_between_two_looks(tmp_path):
    x, y = rows()
    x[9] = np.nan
    with pytest.raises(FloatingPointError, match="epoch 1, batch 3.*batch-3.npz. It is not finite in x, row 1"):
        noisy().fit(x, y, batch_size=4, shuffle=False, verbose=0, callbacks=[NaNGuard(every=5, save=str(tmp_path))])
    with np.load(tmp_path / "epoch-1-batch-3.npz") as saved:
        np.testing.assert_array_equal(saved["x"], x[8:12])


def test_inputs_by_name_are_saved_by_name(tmp_path):
    x, y = rows(8)
    inputs = {name: keras.Input((2,), name=name) for name in ("b", "a")}
    network = keras.Model(inputs, keras.layers.Dense(1)(inputs["a"] + inputs["b"]))
    network.compile("sgd", "mse")
    with pytest.raises(FloatingPointError, match="x/a, row 0"):
        bad = {"a": x * np.nan, "b": x}
        network.fit(bad, y, batch_size=4, shuffle=False, verbose=0, callbacks=[NaNGuard(save=tmp_path)])
    with np.load(tmp_path / "epoch-1-batch-1.npz") as saved:
        assert sorted(saved) == ["x/a", "x/b", "y"] and np.isfinite(saved["x/b"]).all()


class Root(keras.layers.Layer):
    """Where x is 0, the value is finite and its gradient is 0 times infinity."""

    def build(self, shape):
        self.scale = self.add_weight(shape=(shape[-1],), initializer="ones")

    def call(self, x):
        return keras.ops.sum(keras.ops.sqrt(keras.ops.abs(x) * self.scale), -1, keepdims=True)


def test_weights_that_burst_are_seen_before_the_loss_shows_it(capsys):
    x, y = rows()
    x[9] = 0
    network = keras.Sequential([keras.Input((2,)), Root()])
    network.compile(keras.optimizers.SGD(0.01), "mse")
    network.fit(x, y, batch_size=4, shuffle=False, verbose=0, callbacks=[NaNGuard(rollback=1)])
    assert "the weights = NaN or infinity after epoch 1, batch 3. Went back" in capsys.readouterr().out
    assert all(np.isfinite(weight).all() for weight in network.get_weights())


def test_it_goes_back_only_so_often():
    x, y = rows()
    x[[1, 9]] = np.nan
    with pytest.raises(FloatingPointError, match="epoch 1, batch 3"):
        noisy().fit(x, y, batch_size=4, shuffle=False, verbose=0, callbacks=[NaNGuard(rollback=1)])


def test_resume_keeps_the_count_and_the_good_state(tmp_path):
    x, y = rows()
    x[1] = np.nan
    guard = NaNGuard(rollback=2)
    first = noisy()
    first.fit(x, y, batch_size=4, shuffle=False, verbose=0, callbacks=[guard, Resume(tmp_path, every=1, name="fit")])
    again = NaNGuard(rollback=2)
    second = noisy()
    second.fit(x, y, batch_size=4, shuffle=False, verbose=0, callbacks=[again, Resume(tmp_path, every=1, name="fit")])
    assert guard.rolled_back == again.rolled_back == 1
    for one, other in zip(first.get_weights(), second.get_weights(), strict=True):
        np.testing.assert_array_equal(one, other)


def test_a_batch_spread_over_replicas_cannot_be_saved(tmp_path):
    with mirrored(2).scope():
        network = model()
    with pytest.raises(ValueError, match="on one device only"):
        network.fit(*data(), batch_size=4, verbose=0, callbacks=[NaNGuard(save=tmp_path)])
