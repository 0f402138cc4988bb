import keras
import numpy as np
import pytest
import tensorflow as tf

from keras_transfer.layers import Prototypes


def embeddings(samples=5, width=4, seed=0):
    return np.random.default_rng(seed).normal(size=(samples, width)).astype(np.float32)


class TestPrototypes:
    def test_gives_cosines(self):
        layer = Prototypes(3)
        x = embeddings()
        outputs = layer(x).numpy()
        for i, row in enumerate(x):
            for k, direction in enumerate(layer.kernel.numpy()):
                expected = row @ direction / np.linalg.norm(row) / np.linalg.norm(direction)
                np.testing.assert_allclose(outputs[i, k], expected, atol=1e-5)
        np.testing.assert_allclose(layer(100 * x), outputs, atol=1e-5)
        layer.kernel.assign(7 * layer.kernel)
        np.testing.assert_allclose(layer(x), outputs, atol=1e-5)

    def test_gradient_turns_directions_and_does_not_stretch_them(self):
        layer = Prototypes(3)
        with tf.GradientTape() as tape:
            total = tf.reduce_sum(layer(embeddings())[:, 0])
        gradient = tape.gradient(total, layer.kernel.value).numpy()
        assert np.abs(gradient[0]).max() > 1e-3
        np.testing.assert_allclose((gradient * layer.kernel.numpy()).sum(1), 0, atol=1e-5)

    def test_zeros_have_no_direction_and_no_gradient(self):
        layer = Prototypes(3)
        x = tf.zeros((2, 4))
        with tf.GradientTape() as tape:
            tape.watch(x)
            outputs = layer(x)
        np.testing.assert_array_equal(outputs, 0)
        np.testing.assert_array_equal(tape.gradient(outputs, x), 0)

    def test_float32_under_mixed_precision(self):
        inputs = keras.Input((4,))
        model = keras.Model(inputs, Prototypes(3, dtype="mixed_float16")(inputs))
        assert model.output.dtype == "float32"
        assert model(embeddings()).dtype == tf.float32
        plain = Prototypes(3)
        plain.build((None, 4))
        plain.kernel.assign(model.layers[-1].kernel)
        np.testing.assert_allclose(model(embeddings()), plain(embeddings()), atol=1e-3)

    def test_saves_and_loads(self, tmp_path):
        model = keras.Sequential([keras.Input((4,)), Prototypes(3)])
        model.save(tmp_path / "model.keras")
        loaded = keras.saving.load_model(tmp_path / "model.keras")
        np.testing.assert_array_equal(loaded(embeddings()), model(embeddings()))

    def test_wrong_count_is_named(self):
        with pytest.raises(ValueError, match="`count` must be >= 1. Received: count=0"):
            Prototypes(0)
