import keras
import numpy as np
import tensorflow as tf

from keras_transfer.objectives import SimSiam
from tests.objectives.two_view_case import TwoViewCase


class TestSimSiam(TwoViewCase):
    # The loss is negative: from about -.2 it must get below twice that.
    falls_to = 2.0

    def make(self):
        return SimSiam(self.encoder(), projection=(8, 8), prediction=4)

    def test_is_the_papers(self):
        generator = np.random.default_rng(0)
        p1, p2, z1, z2 = (generator.normal(size=(5, 4)).astype(np.float32) for _ in range(4))

        def d(p, z):
            """Equation 1."""
            return -sum(a / np.linalg.norm(p) * b / np.linalg.norm(z) for a, b in zip(p, z, strict=True))

        expected = [d(p1[i], z2[i]) / 2 + d(p2[i], z1[i]) / 2 for i in range(5)]
        losses = self.make().example_losses(None, ((p1, p2), (z1, z2)))
        np.testing.assert_allclose(losses, expected, atol=1e-6)

    def test_gradient_stops_at_the_target(self):
        """Algorithm 1: with targets that are constants, the gradient is the same."""
        objective = self.seeded()
        (views,) = self.inputs(6)
        _, targets = objective(views, training=True)
        gradients = []
        for constant in (False, True):
            with tf.GradientTape() as tape:
                predictions, own = objective(views, training=True)
                loss = tf.reduce_mean(objective.example_losses(None, (predictions, targets if constant else own)))
            gradients.append(tape.gradient(loss, objective.trainable_variables))
        for one, other in zip(*gradients, strict=True):
            np.testing.assert_allclose(one, other, atol=1e-6)

    def test_projections_have_unit_variance(self):
        """The projector ends in a batch norm without scale or offset, which is what hinders the collapse."""
        objective = self.seeded()
        _, targets = objective(self.inputs(64)[0], training=True)
        stacked = np.concatenate(targets)
        np.testing.assert_allclose(stacked.mean(0), 0, atol=1e-4)
        np.testing.assert_allclose(stacked.std(0), 1, atol=0.15)
        assert isinstance(objective.projector.parts[-1], keras.layers.BatchNormalization)
