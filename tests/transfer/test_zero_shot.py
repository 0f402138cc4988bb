import keras
import numpy as np
import pytest

from keras_transfer.transfer import zero_shot


def embedder():
    images = keras.Input((4,))
    return keras.Model(images, keras.layers.UnitNormalization()(keras.layers.Dense(3)(images)), name="embedder")


def test_logits_are_scaled_cosines_and_are_saved(tmp_path):
    model, images = embedder(), np.random.default_rng(0).normal(size=(5, 4)).astype(np.float32)
    classes = np.eye(3, dtype=np.float32)[:2]
    classifier = zero_shot(model, classes, scale=7.0)
    expected = 7 * model.predict(images, verbose=0)[:, :2]
    np.testing.assert_allclose(classifier.predict(images, verbose=0), expected, rtol=1e-5)
    classifier.save(tmp_path / "classifier.keras")
    loaded = keras.saving.load_model(tmp_path / "classifier.keras")
    np.testing.assert_allclose(loaded.predict(images, verbose=0), expected, rtol=1e-5)


def test_vectors_of_another_space_are_named():
    with pytest.raises(ValueError, match=r"\(classes, 3\). Received: shape \(2, 5\)"):
        zero_shot(embedder(), np.ones((2, 5)))
