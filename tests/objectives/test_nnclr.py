import numpy as np
import tensorflow as tf

from keras_transfer.objectives import NNCLR
from tests.losses.test_info_nce import slow
from tests.objectives.two_view_case import TwoViewCase


class TestNNCLR(TwoViewCase):
    # The neighbours change from step to step.
    learning_steps, falls_to = 80, 0.95

    def make(self, **options):
        options = {"queue_size": 12, "temperature": 0.5, **options}
        return NNCLR(self.encoder(), projection=(8, 4), prediction=6, **options)

    def test_is_the_papers(self):
        """Equation 4, and the pseudo-code's symmetry."""
        objective = self.make()
        generator = np.random.default_rng(0)
        p1, p2, z1, z2 = (generator.normal(size=(5, 4)).astype(np.float32) for _ in range(4))
        kept, nothing = objective.queue.rows.numpy(), np.zeros((0, 4), np.float32)

        def nearest(z):
            return np.array([max(kept, key=lambda row: row @ one) for one in z])

        expected = (slow(nearest(z1), p2, nothing, 0.5, True) + slow(nearest(z2), p1, nothing, 0.5, True)) / 2
        losses = objective.example_losses(None, ((p1, p2), (z1, z2)))
        np.testing.assert_allclose(losses, expected, rtol=1e-5)

    def test_gradient_stops_at_the_neighbour(self):
        objective = self.make()
        predictions, projections = objective(self.inputs(5)[0], training=True)
        with tf.GradientTape() as tape:
            tape.watch([predictions, projections])
            loss = tf.reduce_mean(objective.example_losses(None, (predictions, projections)))
        of_predictions, of_projections = tape.gradient(loss, [predictions, projections])
        assert of_projections == (None, None)
        assert np.abs(of_predictions[0]).max() > 0

    def test_queue_takes_the_first_views(self):
        objective = self.seeded()
        (views,) = self.inputs(4)
        _, (first, _) = objective(views, training=True)
        objective.train_on_batch(views)
        unit = first.numpy() / np.linalg.norm(first, axis=1, keepdims=True)
        np.testing.assert_allclose(objective.queue.rows[:4], unit, atol=1e-5)

    def test_cold_temperature_is_finite(self):
        objective = self.make(temperature=0.01)
        objective.compile("sgd")
        image = np.ones((8, 8, 8, 1), np.float32)
        for _ in range(3):
            assert np.isfinite(objective.train_on_batch((image, image)))
