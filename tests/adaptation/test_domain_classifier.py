import keras
import numpy as np
import pytest
import tensorflow as tf

from keras_transfer.adaptation import CORAL
from keras_transfer.encoders import small_cnn
from keras_transfer.transfer import classifier


def dense(*units, activation=None):
    return keras.Sequential([keras.Input((4,)), *[keras.layers.Dense(width, activation) for width in units]])


def test_features_are_what_the_last_layer_takes():
    model = CORAL(classifier(small_cnn((8, 8, 1), width=2), classes=3, dropout=0.1))
    x = np.random.default_rng(0).random((2, 8, 8, 1), np.float32)
    outputs = model((x, x[:1]))
    assert outputs["source"].shape == (2, 4) and outputs["target"].shape == (1, 4)
    np.testing.assert_allclose(outputs["source"][:1], outputs["target"], atol=1e-6)
    np.testing.assert_allclose(outputs["logits"], model(x), atol=1e-6)


def test_several_target_samples_for_each_labelled_one():
    model = CORAL(dense(3, 2))
    x = np.random.default_rng(0).random((2, 3, 4), np.float32)
    np.testing.assert_allclose(model((x[:, 0], x))["target"], model((x[:, 0], x.reshape(6, 4)))["target"], atol=1e-6)


def test_probabilities_are_refused():
    with pytest.raises(ValueError, match="must give logits.*softmax"):
        CORAL(dense(3, 2, activation="softmax"))


def test_a_model_without_a_last_layer_is_refused():
    class Own(keras.Model):
        def call(self, inputs):
            return inputs

    own = Own()
    own(np.zeros((1, 2), np.float32))
    with pytest.raises(ValueError, match="functional or sequential model"):
        CORAL(own)


def test_a_last_layer_on_maps_is_refused():
    inputs = keras.Input((4, 4, 1))
    model = keras.Model(inputs, keras.layers.GlobalAveragePooling2D()(inputs))
    with pytest.raises(ValueError, match="must turn vectors into logits"):
        CORAL(model)


def test_samples_of_two_forms_are_named():
    model = CORAL(dense(3, 2))
    x = np.ones((2, 4), np.float32)
    with pytest.raises(ValueError, match=r"must have one form.*Received: float32 \(2, 4\), float32 \(2, 5\)"):
        model((x, np.ones((2, 5), np.float32)))
    images = CORAL(classifier(small_cnn((8, 8, 1), width=2), classes=3))
    with pytest.raises(ValueError, match="Received: float32 .* uint8"):
        images((tf.zeros((2, 8, 8, 1)), tf.zeros((2, 8, 8, 1), tf.uint8)))


def test_no_encoder_is_named():
    with pytest.raises(TypeError, match="`classifier` must be a Keras model"):
        CORAL("resnet")
