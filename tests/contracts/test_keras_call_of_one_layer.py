"""Keras 3.15.1: a `call` put on one layer is what the models around it run, until it is taken away again."""

import keras
import numpy as np


def test_models_around_a_layer_run_its_own_call():
    inputs = keras.Input((2,))
    layer = keras.layers.BatchNormalization()
    inner = keras.Model(inputs, layer(inputs))
    outer = keras.Sequential([keras.Input((2,)), inner])
    x = np.ones((3, 2), np.float32)
    before = outer(x, training=False).numpy()
    object.__setattr__(layer, "call", lambda inputs, training=None, mask=None: inputs + 5.0)
    np.testing.assert_array_equal(outer(x, training=False), x + 5.0)
    object.__delattr__(layer, "call")
    np.testing.assert_array_equal(outer(x, training=False), before)


def test_a_models_own_weights_are_saved(tmp_path):
    @keras.saving.register_keras_serializable("contract_own_weight")
    class Own(keras.Model):
        def __init__(self, **kwargs):
            super().__init__(**kwargs)
            self.steps = self.add_weight(shape=(), dtype="int64", initializer="zeros", trainable=False, name="steps")
            self.built = True

        def call(self, inputs):
            return inputs

    model = Own()
    model.steps.assign(7)
    model.save(tmp_path / "own.keras")
    assert int(keras.saving.load_model(tmp_path / "own.keras").steps.numpy()) == 7
