import keras
import numpy as np
import pytest

from keras_transfer.encoders import small_cnn
from keras_transfer.evaluation.candidate import candidate
from keras_transfer.transfer import classifier


def test_a_classifier_without_its_head(tmp_path):
    model = classifier(small_cnn((8, 8, 1), width=4), 3)
    model.save(tmp_path / "classifier.keras")
    label, found = candidate(str(tmp_path / "classifier.keras"), (8, 8, 1))
    x = np.random.default_rng(0).random((2, 8, 8, 1), np.float32)
    assert label == str(tmp_path / "classifier.keras")
    np.testing.assert_allclose(found(x), model.layers[1](x), rtol=1e-5)


def test_random_encoders_are_the_same_each_time():
    (label, first), (_, second) = candidate("small_cnn", (8, 8, 1)), candidate("small_cnn", (8, 8, 1))
    assert label == "small_cnn (random)"
    np.testing.assert_array_equal(first.get_weights()[0], second.get_weights()[0])


def test_a_damaged_preset_and_a_damaged_file_are_named(tmp_path):
    (tmp_path / "preset").mkdir()
    (tmp_path / "preset" / "config.json").write_text("{}")
    with pytest.raises(ValueError, match="preset cannot be opened as a keras-hub preset"):
        candidate(str(tmp_path / "preset"), (8, 8, 1))
    (tmp_path / "encoder.keras").write_bytes(b"PK nothing")
    with pytest.raises(ValueError, match="encoder.keras"):
        candidate(str(tmp_path / "encoder.keras"), (8, 8, 1))
    keras.Sequential([keras.Input((8, 8, 3)), keras.layers.Flatten()]).save(tmp_path / "colour.keras")
    with pytest.raises(ValueError, match=r"Received: images of shape \(8, 8, 1\)"):
        candidate(str(tmp_path / "colour.keras"), (8, 8, 1))
