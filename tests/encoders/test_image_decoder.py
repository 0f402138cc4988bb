import keras
import numpy as np
import pytest

from keras_transfer.encoders import image_decoder


@pytest.mark.parametrize("image", [(28, 28, 1), (32, 32, 3), (8, 8, 1), (30, 50, 3), (5, 64, 2), (1, 1, 3)])
@pytest.mark.parametrize("code", [(6,), (4, 4, 6), (7, 5, 6)])
def test_any_image_size_is_reached(code, image):
    decoder = image_decoder(code, image, width=16)
    images = decoder(np.random.default_rng(0).normal(size=(2, *code))).numpy()
    assert images.shape == (2, *image)
    # Every place of the picture comes from the code, none from padding alone.
    assert (images[0] != images[1]).any(-1).all()


def test_pixels_are_float32_under_mixed_precision():
    keras.config.set_dtype_policy("mixed_float16")
    try:
        decoder = image_decoder((6,), (8, 8, 1), width=2)
    finally:
        keras.config.set_dtype_policy("float32")
    assert decoder(np.ones((1, 6), np.float32)).dtype == "float32"


def test_open_or_odd_shapes_are_named():
    with pytest.raises(ValueError, match="`code_shape` must be.*Received: code_shape=\\(None, None, 8\\)"):
        image_decoder((None, None, 8), (8, 8, 1))
    with pytest.raises(ValueError, match="`image_shape` must be.*Received: image_shape=\\(8, 8\\)"):
        image_decoder((8,), (8, 8))
