import keras
import numpy as np
import pytest

from keras_transfer.callbacks import NaNGuard, Resume


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
