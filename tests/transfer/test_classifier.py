import keras
import numpy as np
import pytest

from keras_transfer.encoders import small_cnn
from keras_transfer.transfer import classifier, copy_of, features


def encoder():
    return small_cnn((8, 8, 1), width=4)


def test_encoder_is_copied_with_its_weights():
    source = encoder()
    model = classifier(source, classes=3)
    images = np.random.default_rng(0).random((4, 8, 8, 1), np.float32)
    np.testing.assert_array_equal(features(model.get_layer(source.name), images), features(source, images))
    before = [value.copy() for value in source.get_weights()]
    model.compile("sgd", keras.losses.SparseCategoricalCrossentropy(from_logits=True))
    model.fit(images, np.array([0, 1, 2, 0]), verbose=0)
    for old, new in zip(before, source.get_weights(), strict=True):
        np.testing.assert_array_equal(old, new)


def test_fresh_copy_shares_nothing():
    source = encoder()
    twin = copy_of(source, weights=False)
    kernels = [model.get_weights()[0] for model in (source, twin)]
    assert np.abs(kernels[0] - kernels[1]).max() > 0


def test_feature_maps_are_averaged():
    inputs = keras.Input((8, 8, 1))
    maps = keras.Model(inputs, keras.layers.Conv2D(5, 3)(inputs))
    assert classifier(maps, classes=2).output_shape == (None, 2)


def test_round_trip(tmp_path):
    model = classifier(encoder(), classes=3, dropout=0.5)
    model.save(tmp_path / "classifier.keras")
    loaded = keras.saving.load_model(tmp_path / "classifier.keras")
    images = np.ones((2, 8, 8, 1), np.float32)
    np.testing.assert_array_equal(model.predict(images, verbose=0), loaded.predict(images, verbose=0))


def test_logits_are_float32_under_mixed_precision():
    keras.config.set_dtype_policy("mixed_bfloat16")
    try:
        assert classifier(encoder(), classes=3)(np.ones((2, 8, 8, 1), np.float32)).dtype == "float32"
    finally:
        keras.config.set_dtype_policy("float32")


@pytest.mark.parametrize("classes", [1, 2.5])
def test_classes_are_counted(classes):
    with pytest.raises(ValueError, match=f"classes={classes}"):
        classifier(encoder(), classes)
