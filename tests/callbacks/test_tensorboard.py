import keras
import numpy as np
import pytest
import tensorflow as tf
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

from keras_transfer.callbacks import TensorBoard
from tests.replicas import mirrored


def fit(folder, epochs=2, strategy=None, **options):
    with (strategy or tf.distribute.get_strategy()).scope():
        inputs = keras.Input((4, 4, 1))
        model = keras.Model(inputs, keras.layers.Dense(1)(keras.layers.Flatten()(inputs)))
        model.compile("sgd", "mse")
    data = tf.data.Dataset.from_tensor_slices((np.ones((8, 4, 4, 1), np.float32), np.ones((8, 1)))).batch(4)
    model.fit(data, epochs=epochs, verbose=0, callbacks=[TensorBoard(folder, **options)])


def events(folder):
    accumulator = EventAccumulator(str(folder / "train"), size_guidance={"tensors": 0})
    accumulator.Reload()
    return accumulator


def test_scalars_best_and_settings(tmp_path):
    fit(tmp_path, settings={"pretrain": {"epochs": 2}, "data": {"test": None}})
    tags = events(tmp_path).Tags()["tensors"]
    assert {"epoch_loss", "best/loss"} <= set(tags)
    assert any("hparams" in tag for tag in tags)


def test_inputs_are_drawn(tmp_path):
    views = np.random.default_rng(0).random((8, 6, 6, 3), np.float32)
    data = tf.data.Dataset.from_tensor_slices(((views, 1 - views),)).batch(8)
    fit(tmp_path, images=data)
    picture = tf.make_ndarray(events(tmp_path).Tensors("inputs")[0].tensor_proto)
    grid = tf.io.decode_png(picture[2]).numpy() / 255
    assert grid.shape == (12, 48, 3)
    np.testing.assert_allclose(grid[:6, 6:12], views[1], atol=1 / 255)
    np.testing.assert_allclose(grid[6:, :6], 1 - views[0], atol=1 / 255)


def test_of_a_distributed_dataset_the_first_replicas_are_drawn(tmp_path):
    views = tf.data.Dataset.from_tensor_slices(np.zeros((8, 6, 6, 1), np.float32)).batch(8)
    fit(tmp_path, 1, mirrored(2), images=mirrored(2).experimental_distribute_dataset(views))
    picture = tf.make_ndarray(events(tmp_path).Tensors("inputs")[0].tensor_proto)
    assert tf.io.decode_png(picture[2]).shape == (6, 24, 1)


def test_what_is_not_an_image_is_named(tmp_path):
    data = tf.data.Dataset.from_tensor_slices(np.ones((4, 7))).batch(4)
    with pytest.raises(ValueError, match=r"\(4, 7\)"):
        fit(tmp_path, images=data)


def test_best_survives_a_resume(tmp_path):
    callback = TensorBoard(tmp_path)
    callback.set_state({"best": {"loss": 0.25}})
    assert callback.get_state() == {"best": {"loss": 0.25}}
