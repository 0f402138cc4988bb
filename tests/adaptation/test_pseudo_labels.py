import numpy as np
import pytest

from keras_transfer.adaptation import PseudoLabels
from tests.adaptation.adaptation_case import STEPS, StatelessCase, StripesCase


def probabilities(logits):
    powers = np.exp(logits - logits.max(1, keepdims=True))
    return powers / powers.sum(1, keepdims=True)


class TestPseudoLabels(StatelessCase):
    def make_from(self, classifier):
        return PseudoLabels(classifier, strength=0.5, threshold=0.4)

    def test_loss_is_that_of_the_paper(self):
        model = PseudoLabels(self.classifier(), strength=0.7, threshold=0.7)
        model.compile("sgd")
        (x, unlabelled), y = self.inputs(8)
        said, sure = probabilities(model(x).numpy()), probabilities(model(unlabelled).numpy())
        supervised = np.mean([-np.log(said[i, y[i]]) for i in range(8)])
        own = [-np.log(row.max()) if row.max() >= 0.7 else 0.0 for row in sure]
        assert 0 < np.count_nonzero(own) < 8
        found = model.evaluate(self.dataset(8, 8), verbose=0, return_dict=True)
        np.testing.assert_allclose(found["loss"], supervised + 0.7 * np.mean(own), rtol=1e-5)
        np.testing.assert_allclose(found["confident"], np.count_nonzero(own) / 8)

    def test_strength_waits_then_rises_then_stays(self):
        model = PseudoLabels(self.classifier(), strength=3.0, total_steps=100)
        for step, expected in ((0, 0), (10, 0), (35, 1.5), (60, 3), (100, 3), (1000, 3)):
            model.steps.assign(step)
            np.testing.assert_allclose(model.current_strength(), expected, atol=1e-6)

    @pytest.mark.parametrize("threshold", [-0.1, 1.1, float("nan")])
    def test_bad_threshold_is_named(self, threshold):
        with pytest.raises(ValueError, match="Received: threshold="):
            PseudoLabels(self.classifier(), threshold=threshold)


class TestOnStripes(StripesCase):
    # Nearer to each other, it confirms what the labels taught.
    away = 1.0

    def test_unlabelled_samples_help(self):
        model = PseudoLabels(self.network(), strength=1.0, total_steps=STEPS)
        assert self.gain(model) > 0.05
