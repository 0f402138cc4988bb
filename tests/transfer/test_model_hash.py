import keras
import numpy as np

from keras_transfer.encoders import small_cnn
from keras_transfer.transfer import copy_of, load_model, model_hash


def test_the_same_for_the_same_network_and_no_other(tmp_path):
    model = small_cnn((8, 8, 1), width=4)
    found = model_hash(model)
    assert len(found) == 64 and model_hash(copy_of(model)) == found
    model.save(tmp_path / "model.keras")
    assert model_hash(load_model(tmp_path / "model.keras")) == found
    model.trainable = False
    assert model_hash(model) == found
    kernel = model.weights[0]
    kernel.assign(np.nextafter(kernel.numpy(), np.inf))
    assert model_hash(model) != found


def test_architecture_counts_where_weights_agree_and_names_do_not():
    def model(activation):
        dense = keras.layers.Dense(2, activation, kernel_initializer="ones")
        return keras.Sequential([keras.Input((2,)), dense])

    assert model_hash(model("relu")) != model_hash(model("tanh"))
    assert model_hash(model("relu")) == model_hash(model("relu"))


def test_wiring_counts():
    def model(crossed):
        inputs = keras.Input((2,))
        first, second = (keras.layers.Dense(2, kernel_initializer="ones")(inputs) for _ in range(2))
        hidden = keras.layers.ReLU()(first)
        return keras.Model(inputs, keras.layers.Subtract()([hidden, first if crossed else second]))

    assert model_hash(model(True)) != model_hash(model(False)) == model_hash(model(False))
