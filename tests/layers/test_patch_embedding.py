import math

import numpy as np
import pytest

from keras_transfer.layers.patch_embedding import PatchEmbedding, sincos_positions


def test_positions_are_the_waves_of_row_and_column():
    places = sincos_positions((2, 3), 8)
    for row in range(2):
        for column in range(3):
            waves = [1.0, 10000.0 ** (-1 / 2)]
            expected = []
            for place in (row, column):
                expected += [math.sin(place * wave) for wave in waves] + [math.cos(place * wave) for wave in waves]
            np.testing.assert_allclose(places[3 * row + column], expected, rtol=1e-5, atol=1e-7)


def test_positions_tell_all_places_apart():
    places = sincos_positions((14, 14), 16)
    distances = np.linalg.norm(places[:, None] - places[None], axis=-1) + np.eye(196)
    assert distances.min() > 0.1


def test_learned_positions_are_a_weight_and_waves_are_not():
    image = np.zeros((1, 8, 8, 1))
    learned, waves = PatchEmbedding(4, 8, "learned"), PatchEmbedding(4, 8)
    assert learned(image).shape == waves(image).shape == (1, 4, 8)
    assert [len(learned.weights), len(waves.weights)] == [3, 2]


def test_width_that_waves_do_not_fill_is_named():
    with pytest.raises(ValueError, match="multiple of 4. Received: width=6"):
        PatchEmbedding(4, 6)(np.zeros((1, 8, 8, 1)))
