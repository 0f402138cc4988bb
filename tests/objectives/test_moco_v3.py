import numpy as np

from keras_transfer.objectives import MoCoV3
from tests.losses.test_info_nce import slow
from tests.objectives.two_view_case import TwoViewCase


class TestMoCoV3(TwoViewCase):
    def make(self):
        return MoCoV3(self.encoder(), projection=(8, 4), prediction=6, temperature=0.5, momentum=0.9, total_steps=50)

    def test_is_the_papers(self):
        """Algorithm 1."""
        generator = np.random.default_rng(0)
        q1, q2, k1, k2 = (generator.normal(size=(5, 4)).astype(np.float32) for _ in range(4))
        nothing = np.zeros((0, 4), np.float32)
        expected = 2 * 0.5 * (slow(q1, k2, nothing, 0.5, True) + slow(q2, k1, nothing, 0.5, True))
        losses = self.make().example_losses(None, ((q1, q2), (k1, k2)))
        np.testing.assert_allclose(losses, expected, rtol=1e-5)

    def test_teacher_follows_the_schedule(self):
        objective = self.seeded()
        for _ in range(2):
            objective.train_on_batch(self.inputs(4)[0])
        assert int(objective.teacher.steps) == 2
        expected = 1 - (1 - 0.9) * (np.cos(np.pi * 2 / 50) + 1) / 2
        np.testing.assert_allclose(objective.teacher.current_momentum(), expected, atol=1e-6)
