import keras
import numpy as np
import pytest
import tensorflow as tf

from keras_transfer.layers import GradientReversal

X = np.random.default_rng(0).normal(size=(3, 4)).astype("float32")


@pytest.mark.parametrize("scale", [None, 2.0, tf.constant(0.5)])
def test_inputs_pass_and_gradients_turn(scale):
    layer, x = GradientReversal(0.25), tf.Variable(X)
    with tf.GradientTape() as tape:
        y = layer(x, scale=scale)
        loss = tf.reduce_sum(y**3)
    np.testing.assert_array_equal(y, X)
    factor = 0.25 if scale is None else float(scale)
    np.testing.assert_allclose(tape.gradient(loss, x), -factor * 3 * X**2, rtol=1e-6)


def test_half_precision_is_exact_forwards():
    x = tf.cast(X, tf.float16)
    np.testing.assert_array_equal(GradientReversal(0.3, dtype="float16")(x), x)


def test_in_a_model_saved_and_loaded(tmp_path):
    inputs = keras.Input((4,))
    model = keras.Model(inputs, keras.layers.Dense(1)(GradientReversal(0.3)(inputs)))
    model.save(tmp_path / "model.keras")
    loaded = keras.saving.load_model(tmp_path / "model.keras")
    assert loaded.layers[1].scale == 0.3
    np.testing.assert_array_equal(model(X), loaded(X))


def test_negative_scale_is_named():
    with pytest.raises(ValueError, match="Received: scale=-1"):
        GradientReversal(-1)
