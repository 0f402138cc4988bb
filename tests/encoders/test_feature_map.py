import keras
import numpy as np
import pytest

from keras_transfer.encoders import feature_map, small_cnn


def test_last_map_pools_to_the_encoders_output():
    encoder = small_cnn((28, 28, 1), width=4)
    images = np.random.default_rng(0).random((3, 28, 28, 1), np.float32)
    np.testing.assert_allclose(feature_map(encoder)(images).numpy().mean((1, 2)), encoder(images), rtol=1e-5)


def test_layer_is_found_by_name_and_shares_its_weights():
    encoder = small_cnn((8, 8, 1), width=4)
    inner = feature_map(encoder, "stage1_relu2")
    assert inner.output_shape == (None, 8, 8, 4)
    assert inner.get_layer("stage1_conv1").kernel is encoder.get_layer("stage1_conv1").kernel


def test_what_is_no_map_is_named():
    encoder = small_cnn((8, 8, 1), width=4)
    with pytest.raises(ValueError, match="`pool` is not a layer of small_cnn.*stage2_relu2"):
        feature_map(encoder, "pool")
    inputs = keras.Input((4,))
    with pytest.raises(ValueError, match="No layer of `encoder` gives a map"):
        feature_map(keras.Model(inputs, keras.layers.Dense(2)(inputs)))
    with pytest.raises(ValueError, match="functional or sequential.*Dense"):
        feature_map(keras.layers.Dense(2))
