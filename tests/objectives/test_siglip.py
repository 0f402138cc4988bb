import numpy as np
import pytest

from keras_transfer.objectives import SigLIP
from tests.objectives.image_text_case import ImageTextCase


class TestSigLIP(ImageTextCase):
    kind = SigLIP

    def test_is_the_papers_and_begins_as_the_papers(self):
        objective, (pair,) = self.seeded(), self.inputs(5)
        u, v = self.unit_outputs(objective, pair)
        total = 0.0
        for i in range(5):
            for j in range(5):
                z = 1 if i == j else -1
                total += np.log1p(np.exp(z * (-10 * u[i] @ v[j] + 10)))
        loss = objective.evaluate(self.dataset(5, 5), verbose=0, return_dict=True)["loss"]
        assert loss == pytest.approx(total / 5, rel=1e-4)

    def test_bias_is_learned(self):
        objective = self.seeded()
        objective.train_on_batch(*self.inputs(8))
        assert float(objective.bias.numpy()) != -10

    def test_scale_out_of_range_is_named(self):
        with pytest.raises(ValueError, match="scale=200"):
            self.make(initial_scale=200.0)
