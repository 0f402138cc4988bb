import sys

import numpy as np
import pytest

from keras_transfer.metrics import uniformity


def slow(features, scale):
    rows = [row / np.sqrt((row**2).sum()) for row in features]
    terms = [np.exp(-scale * ((a - b) ** 2).sum()) for i, a in enumerate(rows) for b in rows[:i]]
    return np.log(sum(terms) / len(terms))


class TestUniformity:
    @pytest.mark.parametrize("tile_numbers", [1, 40, 1 << 22])
    def test_is_the_papers(self, monkeypatch, tile_numbers):
        monkeypatch.setattr(sys.modules["keras_transfer.metrics.uniformity"], "TILE_NUMBERS", tile_numbers)
        features = np.random.default_rng(0).normal(size=(13, 4)) + 0.5
        for scale in (2.0, 0.5):
            np.testing.assert_allclose(uniformity(features, scale), slow(features, scale), rtol=1e-5)
            np.testing.assert_allclose(uniformity(9 * features, scale), slow(features, scale), rtol=1e-5)

    def test_collapse_and_evenness(self):
        generator = np.random.default_rng(0)
        assert abs(uniformity(np.ones((6, 3)))) < 1e-5
        assert uniformity(np.zeros((6, 3))) == 0
        assert abs(uniformity(generator.normal(size=(500, 256))) + 4) < 0.05
        assert uniformity(generator.normal(size=(50, 8))) < uniformity(generator.normal(size=(50, 8)) + 1)

    def test_wrong_arguments_are_named(self):
        with pytest.raises(ValueError, match="at least 2 samples"):
            uniformity(np.ones((1, 3)))
        with pytest.raises(ValueError, match="`scale` must be > 0"):
            uniformity(np.ones((2, 3)), scale=0)
