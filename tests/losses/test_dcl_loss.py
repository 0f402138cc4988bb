import numpy as np
import pytest
import tensorflow as tf

from keras_transfer.losses import DCLLoss
from tests.differences import gradient_by_differences


def views(samples=6, width=5):
    generator = np.random.default_rng(0)
    return [generator.normal(size=(samples, width)).astype(np.float32) for _ in range(2)]


def slow(first, second, temperature):
    """Equation 6 of the paper: neither i nor its positive in the sum."""
    z = np.concatenate([first, second]).astype(np.float64)
    z /= np.linalg.norm(z, axis=1, keepdims=True)
    n = len(first)
    losses = np.zeros(2 * n)
    for i in range(2 * n):
        positive = (i + n) % (2 * n)
        negatives = sum(np.exp(z[i] @ z[k] / temperature) for k in range(2 * n) if k not in (i, positive))
        losses[i] = -z[i] @ z[positive] / temperature + np.log(negatives)
    return (losses[:n] + losses[n:]) / 2


class TestDCLLoss:
    @pytest.mark.parametrize("temperature", [0.1, 0.5])
    def test_is_the_papers(self, temperature):
        first, second = views()
        losses = DCLLoss(temperature, reduction="none")(second, first)
        np.testing.assert_allclose(losses, slow(first, second, temperature), rtol=1e-5)

    def test_gradient_is_the_papers(self):
        first, second = views(4, 3)
        variable = tf.Variable(first)
        with tf.GradientTape() as tape:
            loss = DCLLoss(0.5)(tf.constant(second), variable)
        expected = gradient_by_differences(lambda moved: slow(moved, second, 0.5).mean(), first)
        np.testing.assert_allclose(tape.gradient(loss, variable), expected, atol=1e-5)

    def test_cold_temperature_on_collapsed_embeddings_is_finite(self):
        same = tf.Variable(np.ones((4, 3), np.float32))
        with tf.GradientTape() as tape:
            loss = DCLLoss(0.01)(same, same)
        np.testing.assert_allclose(loss, np.log(6), rtol=1e-4)
        assert np.isfinite(tape.gradient(loss, same)).all()
