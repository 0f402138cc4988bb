import keras
import numpy as np
import pytest

from keras_transfer.layers import ImageRescaling

PIXELS = np.random.default_rng(0).random((2, 3, 3, 3)).astype(np.float32)


@pytest.mark.parametrize("mode, theirs", [("-1..1", "tf"), ("imagenet", "torch"), ("caffe", "caffe")])
def test_modes_are_those_of_keras_applications(mode, theirs):
    from keras.src.applications.imagenet_utils import preprocess_input

    np.testing.assert_allclose(ImageRescaling(mode)(PIXELS), preprocess_input(PIXELS * 255, mode=theirs), atol=1e-3)


def test_pair_scales_and_moves_each_channel():
    layer = ImageRescaling(([1.0, 2.0, 3.0], 0.5))
    np.testing.assert_allclose(layer(PIXELS), PIXELS * [1, 2, 3] + 0.5, rtol=1e-6)
    again = ImageRescaling.from_config(keras.saving.deserialize_keras_object(layer.get_config()))
    np.testing.assert_array_equal(again(PIXELS), layer(PIXELS))


def test_unknown_mode_and_grey_images_are_named():
    with pytest.raises(ValueError, match="one of 0..1, -1..1.*'tf'"):
        ImageRescaling("tf")
    with pytest.raises(ValueError, match="'caffe' is for images of 3 channels.*\\(8, 8, 1\\)"):
        ImageRescaling("caffe")(np.zeros((1, 8, 8, 1)))
