import numpy as np
import pytest
import tensorflow as tf

from keras_transfer.losses import VICRegLoss
from tests.differences import gradient_by_differences
from tests.losses.test_barlow_twins_loss import views


def slow(first, second, invariance=25.0, variance=25.0, covariance=1.0):
    """Equations 1 to 6 of the paper; the variance term is the mean of both views, as in its Algorithm 1."""
    n, d = first.shape
    unlike = sum((first[s, j] - second[s, j]) ** 2 for s in range(n) for j in range(d)) / n / d
    lacking = together = 0.0
    for z in (first.astype(np.float64), second.astype(np.float64)):
        c = np.zeros((d, d))
        for s in range(n):
            c += np.outer(z[s] - z.mean(0), z[s] - z.mean(0)) / (n - 1)
        lacking += sum(max(0.0, 1 - np.sqrt(c[j, j] + 1e-4)) for j in range(d)) / d / 2
        together += sum(c[i, j] ** 2 for i in range(d) for j in range(d) if i != j) / d
    return invariance * unlike + variance * lacking + covariance * together


class TestVICRegLoss:
    @pytest.mark.parametrize("scale", [1.0, 0.1])
    @pytest.mark.parametrize("weights", [(25.0, 25.0, 1.0), (0.0, 2.0, 3.0)])
    def test_is_the_papers(self, weights, scale):
        first, second = (scale * z for z in views())
        loss = VICRegLoss(*weights)(second, first)
        np.testing.assert_allclose(loss, slow(first, second, *weights), rtol=1e-5)

    def test_gradient_is_the_papers(self):
        first, second = (0.3 * z for z in views())
        variable = tf.Variable(first)
        with tf.GradientTape() as tape:
            loss = VICRegLoss()(tf.constant(second), variable)
        expected = gradient_by_differences(lambda moved: slow(moved, second), first)
        np.testing.assert_allclose(tape.gradient(loss, variable), expected, rtol=1e-4, atol=1e-5)

    def test_invariances(self):
        first, second = (0.3 * z for z in views())
        loss = VICRegLoss(reduction="none")
        plain = loss(second, first).numpy()
        order = np.random.default_rng(1).permutation(len(first))
        np.testing.assert_allclose(loss(second[order], first[order]), plain[order], rtol=1e-5)
        np.testing.assert_allclose(loss(first, second), plain, rtol=1e-5)
        np.testing.assert_allclose(loss(second + 5, first + 5), plain, rtol=1e-4)

    def test_collapse_has_a_finite_gradient(self):
        variable = tf.Variable(np.ones((4, 3), np.float32))
        with tf.GradientTape() as tape:
            loss = VICRegLoss()(tf.ones((4, 3)), variable)
        np.testing.assert_allclose(loss, 25 * 0.99, rtol=1e-5)
        assert np.isfinite(tape.gradient(loss, variable)).all()

    def test_batch_of_one_and_wrong_weight_are_named(self):
        with pytest.raises(tf.errors.InvalidArgumentError, match="VICRegLoss.*needs at least 2"):
            VICRegLoss()(tf.ones((1, 3)), tf.ones((1, 3)))
        with pytest.raises(ValueError, match="variance=-1"):
            VICRegLoss(variance=-1)
