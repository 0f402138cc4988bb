import numpy as np
import pytest

from keras_transfer.objectives import SimCLR
from tests.objectives.two_view_case import TwoViewCase


class TestSimCLR(TwoViewCase):
    def make(self):
        return SimCLR(self.encoder(), temperature=0.5, projection=(8, 4))

    def test_bare_pair_is_named(self):
        objective = self.seeded()
        (views,) = self.inputs(4)
        with pytest.raises(ValueError, match="tuple of 2 views"):
            objective.fit(views[0], views[1], verbose=0)

    def test_batch_of_one_is_named(self):
        objective = self.seeded()
        with pytest.raises(Exception, match="needs at least 2"):
            objective.fit(self.dataset(1, 1), verbose=0)

    def test_cold_temperature_on_equal_embeddings_is_finite(self):
        objective = SimCLR(self.encoder(), temperature=0.01, projection=(4,))
        objective.compile("sgd")
        image = np.ones((8, 8, 8, 1), np.float32)
        assert np.isfinite(objective.train_on_batch((image, image)))
