import json

import numpy as np
import pytest
import tensorflow as tf

from keras_transfer.encoders import small_cnn
from keras_transfer.export import saved_model
from keras_transfer.transfer import classifier


def test_serves_probabilities(tmp_path):
    model = classifier(small_cnn((8, 8, 1), width=4), classes=3)
    assert saved_model(model, tmp_path / "out", ["a", "b", "c"]) < 1e-5
    images = np.random.default_rng(0).random((5, 8, 8, 1), np.float32)
    loaded = tf.saved_model.load(str(tmp_path / "out"))
    served = loaded.serve(images).numpy()
    np.testing.assert_allclose(served, tf.nn.softmax(model.predict(images, verbose=0)), atol=1e-5)
    assert json.loads((tmp_path / "out" / "assets.extra" / "classes.json").read_text()) == ["a", "b", "c"]


def test_nothing_is_overwritten(tmp_path):
    (tmp_path / "precious").write_text("")
    with pytest.raises(FileExistsError, match="holds files already"):
        saved_model(classifier(small_cnn((8, 8, 1), width=4), classes=3), tmp_path)


def test_names_are_counted(tmp_path):
    with pytest.raises(ValueError, match="name 3 classes"):
        saved_model(classifier(small_cnn((8, 8, 1), width=4), classes=3), tmp_path / "out", ["a"])
