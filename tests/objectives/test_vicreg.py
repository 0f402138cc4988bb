import keras
import numpy as np

from keras_transfer.objectives import VICReg
from tests.objectives.two_view_case import TwoViewCase


class TestVICReg(TwoViewCase):
    def make(self):
        return VICReg(self.encoder(), projection=(8, 4))

    def test_collapse_is_left(self):
        """From embeddings that are nearly the same for all samples, the variance term leads out."""
        objective = self.seeded(keras.optimizers.Adam(1e-2))
        last = objective.projector.parts[-1]
        last.kernel.assign(0.001 * last.kernel)
        (views,) = self.inputs(16)
        before = np.std(objective(views, training=True)[0], axis=0).mean()
        for _ in range(60):
            objective.train_on_batch(views)
        assert np.std(objective(views, training=True)[0], axis=0).mean() > 100 * before
