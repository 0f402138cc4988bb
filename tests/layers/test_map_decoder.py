import keras
import numpy as np
import pytest

from keras_transfer.layers import MapDecoder


def maps(shape=(3, 2, 4, 5), seed=0):
    return np.random.default_rng(seed).normal(size=shape).astype(np.float32)


@pytest.mark.parametrize("hidden", [None, 7, 0])
def test_each_place_writes_its_own_square(hidden):
    decoder = MapDecoder((6, 12, 3), hidden)
    images = decoder(maps()).numpy()
    assert images.shape == (3, 6, 12, 3)
    for image, row, column in np.ndindex(3, 2, 4):
        values = maps()[image, row, column]
        if hidden != 0:
            values = np.concatenate([values, maps()[image].mean((0, 1))])
            values = np.maximum(values @ decoder.inner.kernel.numpy() + decoder.inner.bias.numpy(), 0)
            assert len(values) == (hidden or 256)
        values = values @ decoder.pixels.kernel.numpy() + decoder.pixels.bias.numpy()
        square = images[image, 3 * row : 3 * row + 3, 3 * column : 3 * column + 3]
        np.testing.assert_allclose(square, values.reshape(3, 3, 3), rtol=1e-4, atol=1e-5)


def test_saves_and_is_float32_under_mixed_precision(tmp_path):
    inputs = keras.Input((2, 2, 4))
    model = keras.Model(inputs, MapDecoder((4, 4, 1), dtype="mixed_bfloat16")(inputs))
    assert model.output.dtype == "float32" and model.output_shape == (None, 4, 4, 1)
    model.save(tmp_path / "decoder.keras")
    loaded = keras.saving.load_model(tmp_path / "decoder.keras")
    np.testing.assert_array_equal(loaded(maps((1, 2, 2, 4))), model(maps((1, 2, 2, 4))))


def test_places_that_are_no_squares_are_refused():
    with pytest.raises(ValueError, match="maps of 2 x 4 for images of 6 x 10"):
        MapDecoder((6, 10, 1)).build((None, 2, 4, 5))
