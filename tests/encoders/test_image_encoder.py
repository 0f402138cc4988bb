import keras
import numpy as np
import pytest

from keras_transfer.encoders import image_encoder


@pytest.mark.parametrize("name, shape, features", [("small_cnn", (8, 8, 1), 8), ("vit", (28, 21, 1), 16)])
def test_gives_one_vector_an_image(name, shape, features):
    encoder = image_encoder(name, shape, width=4)
    assert encoder(np.zeros((2, *shape), np.float32)).shape == (2, features)


@pytest.mark.parametrize("side, stride", [(32, 1), (96, 2)])
def test_stem_goes_by_size(side, stride):
    encoder = image_encoder("resnet18", (side, side, 3), width=4)
    first = next(layer for layer in encoder.layers if isinstance(layer, keras.layers.Conv2D))
    assert first.strides == (stride, stride)


def test_patches_fill_the_image():
    encoder = image_encoder("vit", (30, 50, 1), width=4)
    assert encoder.get_config()["patch_size"] == 2


def test_unknown_name_is_named():
    with pytest.raises(ValueError, match="small_cnn, resnet18, vit. Received: name='cnn'"):
        image_encoder("cnn", (8, 8, 1))
