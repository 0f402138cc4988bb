import keras
import numpy as np

from keras_transfer.objectives import MoCo
from tests.losses.test_info_nce import slow
from tests.objectives.two_view_case import TwoViewCase


class TestMoCo(TwoViewCase):
    symmetric = False
    # More samples than the queue holds, or a query would find its own key among the negatives.
    learning_steps, learning_samples = 80, 64

    def make(self, **options):
        options = {"queue_size": 10, "momentum": 0.9, "temperature": 0.5, **options}
        return MoCo(self.encoder(), projection=(8, 4), **options)

    def test_is_the_papers(self):
        objective = self.make()
        (views,) = self.inputs(5)
        queries, keys = objective(views, training=True)
        expected = slow(queries.numpy(), keys.numpy(), objective.queue.rows.numpy(), 0.5, in_batch=False)
        np.testing.assert_allclose(objective.example_losses(views, (queries, keys)), expected, rtol=1e-5)

    def test_queue_is_read_before_the_batch_enters(self):
        objective = self.seeded()
        (views,) = self.inputs(4)
        queries, keys = objective(views, training=True)
        before = objective.queue.rows.numpy()
        loss = objective.train_on_batch(views)
        expected = slow(queries.numpy(), keys.numpy(), before, 0.5, in_batch=False).mean()
        np.testing.assert_allclose(loss, expected, rtol=1e-4)
        unit = keys.numpy() / np.linalg.norm(keys, axis=1, keepdims=True)
        np.testing.assert_allclose(objective.queue.rows[:4], unit, atol=1e-5)
        np.testing.assert_array_equal(objective.queue.rows[4:], before[4:])

    def test_every_batch_enters_while_gradients_are_accumulated(self):
        objective = self.make()
        objective.compile(keras.optimizers.SGD(0.1, gradient_accumulation_steps=3))
        for seed in range(2):
            objective.train_on_batch(self.inputs(4, seed)[0])
        assert int(objective.queue.pointer) == 8
        assert int(objective.teacher.steps) == 0

    def test_keys_are_normalised_by_their_batch(self):
        """Moving statistics lag behind a teacher that moves fast, and nothing is learned."""
        objective = self.seeded()
        (views,) = self.inputs(6)
        _, keys = objective(views, training=True)
        student = objective.projector(objective.encoder(views[1], training=True), training=True)
        np.testing.assert_allclose(keys, student, atol=1e-5)

    def test_cold_temperature_is_finite(self):
        objective = self.make(temperature=0.01)
        objective.compile("sgd")
        image = np.ones((8, 8, 8, 1), np.float32)
        for _ in range(3):
            assert np.isfinite(objective.train_on_batch((image, image)))
