import numpy as np
import pytest

from keras_transfer.callbacks import AlignmentUniformity
from tests.callbacks.monitor_case import fit, model, samples
from tests.metrics.test_uniformity import slow


class TestAlignmentUniformity:
    def test_are_the_papers(self):
        pretrained, first = model(), samples(12)[0]
        second = first + np.random.default_rng(1).normal(0, 0.3, first.shape).astype(np.float32)
        history = fit(pretrained, [AlignmentUniformity(first, second)])
        a, b = (pretrained.encoder(view).numpy().astype(np.float64) for view in (first, second))
        near = [((x / np.sqrt(x @ x) - y / np.sqrt(y @ y)) ** 2).sum() for x, y in zip(a, b, strict=True)]
        np.testing.assert_allclose(history["embedding/alignment"][-1], np.mean(near), rtol=1e-4)
        np.testing.assert_allclose(history["embedding/uniformity"][-1], (slow(a, 2) + slow(b, 2)) / 2, rtol=1e-4)

    @pytest.mark.parametrize("shapes", [((3, 6), (4, 6)), ((1, 6), (1, 6))])
    def test_wrong_views_are_named(self, shapes):
        with pytest.raises(ValueError, match="two views of the same samples, two or more. Received: shapes"):
            AlignmentUniformity(*(np.ones(shape) for shape in shapes))
