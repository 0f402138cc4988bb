import numpy as np
import pytest

from keras_transfer.objectives import SupCon
from tests.losses.test_sup_con_loss import LABELS, embeddings, slow
from tests.objectives.two_view_case import TwoViewCase


class TestSupCon(TwoViewCase):
    def make(self):
        return SupCon(self.encoder(), temperature=0.5, projection=(8, 4))

    def inputs(self, samples, seed=0):
        (views,) = self.two_views(samples, seed)
        labels = np.random.default_rng(seed).integers(-1, 3, samples)
        # Images of a class have something in common.
        return tuple(view + 0.3 * labels[:, None, None, None].astype(np.float32) for view in views), labels

    def test_loss_is_the_supervised_one(self):
        z = embeddings()
        losses = self.make().example_losses(None, (z[:, 0], z[:, 1]), LABELS)
        np.testing.assert_allclose(losses, slow(LABELS, z, 0.5), rtol=1e-5)

    def test_missing_labels_are_named(self):
        objective = self.seeded()
        with pytest.raises(ValueError, match="SupCon needs labels"):
            objective.train_on_batch(self.inputs(4)[0])
