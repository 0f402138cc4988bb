import keras
import numpy as np
import pytest

from keras_transfer.objectives import BarlowTwins
from tests.objectives.two_view_case import TwoViewCase


class TestBarlowTwins(TwoViewCase):
    def make(self):
        return BarlowTwins(self.encoder(), projection=(8, 4), redundancy=0.1)

    def test_last_layer_is_linear(self):
        """Nothing after the last dense layer: a ReLU or a batch norm there would bound the correlations."""
        assert isinstance(self.make().projector.parts[-1], keras.layers.Dense)

    def test_loss_is_not_counted_once_a_replica(self):
        """The number shown is the paper's, whatever the batch's size."""
        objective = self.seeded()
        losses = self.losses_of(objective, self.inputs(8)[0])
        np.testing.assert_allclose(losses, losses[0], rtol=1e-6)
        objective = self.seeded()
        np.testing.assert_allclose(objective.train_on_batch(self.inputs(8)[0]), losses[0], rtol=1e-5)

    def test_batch_of_one_is_named(self):
        with pytest.raises(Exception, match="needs at least 2"):
            self.seeded().fit(self.dataset(1, 1), verbose=0)
