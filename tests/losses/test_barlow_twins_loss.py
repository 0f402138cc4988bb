import numpy as np
import pytest
import tensorflow as tf

from keras_transfer.losses import BarlowTwinsLoss
from tests.differences import gradient_by_differences


def views(samples=7, width=3, seed=0):
    generator = np.random.default_rng(seed)
    return [generator.normal(1, 2, (samples, width)).astype(np.float32) for _ in range(2)]


def slow(first, second, redundancy, epsilon=1e-5):
    """Equations 1 and 2 of the paper, with batch norm's epsilon."""
    n, d = first.shape
    a, b = (z - z.mean(0) for z in (first.astype(np.float64), second.astype(np.float64)))
    loss = 0.0
    for i in range(d):
        for j in range(d):
            c = sum(a[s, i] * b[s, j] for s in range(n)) / n
            c /= np.sqrt((a[:, i] ** 2).mean() + epsilon) * np.sqrt((b[:, j] ** 2).mean() + epsilon)
            loss += (1 - c) ** 2 if i == j else redundancy * c**2
    return loss


class TestBarlowTwinsLoss:
    @pytest.mark.parametrize("redundancy", [0.0051, 0.5])
    def test_is_the_papers(self, redundancy):
        first, second = views()
        losses = BarlowTwinsLoss(redundancy, reduction="none")(second, first)
        np.testing.assert_allclose(losses, [slow(first, second, redundancy)] * 7, rtol=1e-5)

    def test_gradient_is_the_papers(self):
        first, second = views()
        variable = tf.Variable(first)
        with tf.GradientTape() as tape:
            loss = BarlowTwinsLoss(0.5)(tf.constant(second), variable)
        expected = gradient_by_differences(lambda moved: slow(moved, second, 0.5), first)
        np.testing.assert_allclose(tape.gradient(loss, variable), expected, atol=1e-5)

    def test_invariances(self):
        first, second = views()
        loss = BarlowTwinsLoss(0.5)
        plain = float(loss(second, first))
        order = np.random.default_rng(1).permutation(len(first))
        np.testing.assert_allclose(loss(second[order], first[order]), plain, rtol=1e-5)
        np.testing.assert_allclose(loss(first, second), plain, rtol=1e-5)
        np.testing.assert_allclose(loss(second * 3 + 5, first * 7 - 1), plain, rtol=1e-4)

    def test_collapse_has_a_finite_gradient(self):
        variable = tf.Variable(np.ones((4, 3), np.float32))
        with tf.GradientTape() as tape:
            loss = BarlowTwinsLoss()(tf.ones((4, 3)), variable)
        assert np.isfinite(loss)
        assert np.isfinite(tape.gradient(loss, variable)).all()

    def test_batch_of_one_and_wrong_weight_are_named(self):
        with pytest.raises(tf.errors.InvalidArgumentError, match="BarlowTwinsLoss.*needs at least 2"):
            BarlowTwinsLoss()(tf.ones((1, 3)), tf.ones((1, 3)))
        with pytest.raises(ValueError, match="redundancy=-1"):
            BarlowTwinsLoss(-1)
