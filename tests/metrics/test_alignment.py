import numpy as np
import pytest

from keras_transfer.metrics import alignment


def unit(row):
    return row / np.sqrt((row**2).sum())


class TestAlignment:
    @pytest.mark.parametrize("power", [1, 2, 3.5])
    def test_is_the_papers(self, power):
        first, second = np.random.default_rng(0).normal(size=(2, 9, 4))
        distances = [np.sqrt(((unit(a) - unit(b)) ** 2).sum()) ** power for a, b in zip(first, second, strict=True)]
        np.testing.assert_allclose(alignment(first, second, power), sum(distances) / 9, rtol=1e-5)
        np.testing.assert_allclose(alignment(3 * first, second, power), sum(distances) / 9, rtol=1e-5)

    def test_equal_views_are_aligned(self):
        views = np.random.default_rng(0).normal(size=(5, 3))
        assert alignment(views, 2 * views) < 1e-12
        np.testing.assert_allclose(alignment(views, -views), 4, rtol=1e-6)

    def test_wrong_arguments_are_named(self):
        with pytest.raises(ValueError, match=r"one shape. Received: \(2, 3\) and \(3, 3\)"):
            alignment(np.ones((2, 3)), np.ones((3, 3)))
        with pytest.raises(ValueError, match="`power` must be > 0"):
            alignment(np.ones((2, 3)), np.ones((2, 3)), power=0)
