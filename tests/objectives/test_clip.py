import numpy as np
import pytest

from keras_transfer.objectives import CLIP
from tests.objectives.image_text_case import ImageTextCase


class TestCLIP(ImageTextCase):
    kind = CLIP

    def test_is_the_papers(self):
        objective, (pair,) = self.seeded(), self.inputs(5)
        u, v = self.unit_outputs(objective, pair)
        logits = np.array([[u[i] @ v[j] / 0.07 for j in range(5)] for i in range(5)])
        losses = []
        for i in range(5):
            of_image = np.log(sum(np.exp(logits[i, j]) for j in range(5))) - logits[i, i]
            losses.append((of_image + np.log(sum(np.exp(logits[j, i]) for j in range(5))) - logits[i, i]) / 2)
        loss = objective.evaluate(self.dataset(5, 5), verbose=0, return_dict=True)["loss"]
        assert loss == pytest.approx(np.mean(losses), rel=1e-4)

    @pytest.mark.parametrize("temperature", [0.0, 0.005])
    def test_temperature_out_of_range_is_named(self, temperature):
        with pytest.raises(ValueError, match="temperature=0.0|scale=200"):
            self.make(temperature=temperature)
