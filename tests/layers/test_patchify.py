import numpy as np

from keras_transfer.layers import patchify, unpatchify


def test_patches_are_cut_row_by_row():
    images = np.random.default_rng(0).random((2, 6, 9, 2), np.float32)
    patches = patchify(images, 3).numpy()
    assert patches.shape == (2, 6, 18)
    for row in range(2):
        for column in range(3):
            expected = images[:, 3 * row : 3 * row + 3, 3 * column : 3 * column + 3]
            np.testing.assert_array_equal(patches[:, 3 * row + column], expected.reshape(2, -1))


def test_unpatchify_undoes_patchify():
    images = np.random.default_rng(0).random((2, 6, 9, 2), np.float32)
    np.testing.assert_array_equal(unpatchify(patchify(images, 3), (6, 9, 2), 3), images)
