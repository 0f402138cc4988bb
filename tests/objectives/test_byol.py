import keras
import numpy as np

from keras_transfer.objectives import BYOL
from tests.objectives.two_view_case import TwoViewCase


def cosine(a, b):
    a, b = a.astype(np.float64), b.astype(np.float64)
    return sum(x * y for x, y in zip(a, b, strict=True)) / (np.sqrt((a**2).sum()) * np.sqrt((b**2).sum()))


class TestBYOL(TwoViewCase):
    def make(self, **options):
        return BYOL(self.encoder(), projection=(8, 4), prediction=6, **options)

    def test_is_the_papers(self):
        objective = self.make()
        generator = np.random.default_rng(0)
        q1, q2, z1, z2 = (generator.normal(size=(5, 4)).astype(np.float32) for _ in range(4))
        losses = objective.example_losses(None, ((q1, q2), (z1, z2)))
        expected = [2 - 2 * cosine(q1[i], z2[i]) + 2 - 2 * cosine(q2[i], z1[i]) for i in range(5)]
        np.testing.assert_allclose(losses, expected, atol=1e-5)

    def test_teacher_follows_after_each_optimizer_step(self):
        objective = self.make(momentum=0.5)
        objective.compile(keras.optimizers.SGD(0.1, gradient_accumulation_steps=2))
        (views,) = self.inputs(4)
        kernel = objective.encoder.layers[1].kernel
        copied = objective.teacher.models[0].layers[1].kernel
        start = kernel.numpy()
        objective.train_on_batch(views)
        np.testing.assert_array_equal(copied, start)
        objective.train_on_batch(views)
        assert np.abs(kernel.numpy() - start).max() > 1e-4
        np.testing.assert_allclose(copied, (start + kernel.numpy()) / 2, atol=1e-6)
        assert int(objective.teacher.steps) == 1

    def test_teacher_is_not_trained(self):
        objective = self.make()
        trained = {id(weight) for weight in objective.trainable_variables}
        assert not trained & {id(weight) for weight in objective.teacher.weights}
        student = (objective.encoder, objective.projector, objective.predictor)
        assert len(trained) == sum(len(part.trainable_variables) for part in student)
