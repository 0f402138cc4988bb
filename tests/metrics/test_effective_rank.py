import numpy as np
import pytest

from keras_transfer.metrics import effective_rank


def slow(features):
    """The paper's formula, term by term."""
    values = np.linalg.svd(features, compute_uv=False)
    entropy = 0.0
    for value in values:
        share = value / values.sum() + 1e-7
        entropy -= share * np.log(share)
    return np.exp(entropy)


class TestEffectiveRank:
    @pytest.mark.parametrize("shape", [(30, 6), (6, 30)])
    def test_is_the_papers(self, shape):
        features = np.random.default_rng(0).normal(size=shape) * ([3, 2, 1, 0.5, 0.1, 0.01] * 5)[: shape[1]]
        np.testing.assert_allclose(effective_rank(features), slow(features), rtol=1e-4)
        np.testing.assert_allclose(effective_rank(100 * features), effective_rank(features), rtol=1e-6)

    def test_extremes(self):
        assert abs(effective_rank(np.ones((20, 5))) - 1) < 1e-4
        assert abs(effective_rank(np.eye(7)) - 7) < 1e-3
        assert effective_rank(np.zeros((4, 3))) == 0
        generator = np.random.default_rng(0)
        plane = generator.normal(size=(200, 2)) @ np.linalg.qr(generator.normal(size=(8, 2)))[0].T
        assert 1.9 < effective_rank(plane) < 2.001

    def test_wrong_shape_is_named(self):
        with pytest.raises(ValueError, match=r"`features` must have the shape .*Received: shape \(3,\)"):
            effective_rank(np.ones(3))
