import numpy as np
import pytest
import tensorflow as tf

from keras_transfer.adaptation import CORAL
from keras_transfer.adaptation.coral import coral_distance
from tests.adaptation.adaptation_case import StatelessCase, accuracy_on_target, accuracy_without_help
from tests.differences import assert_gradients

GENERATOR = np.random.default_rng(0)
SOURCE, TARGET = (GENERATOR.normal(size=(rows, 3)).astype("float32") for rows in (5, 4))


def covariance(features):
    count, width = features.shape
    table = np.zeros((width, width))
    for i in range(width):
        for j in range(width):
            products = sum(features[k, i] * features[k, j] for k in range(count))
            table[i, j] = (products - features[:, i].sum() * features[:, j].sum() / count) / (count - 1)
    return table


def slow(source, target):
    return np.sum((covariance(source) - covariance(target)) ** 2) / (4 * source.shape[1] ** 2)


class TestCORAL(StatelessCase):
    def make_from(self, classifier):
        return CORAL(classifier, strength=2.0)

    def test_distance_and_gradient_are_those_of_the_paper(self):
        np.testing.assert_allclose(coral_distance(tf.constant(SOURCE), TARGET), slow(SOURCE, TARGET), rtol=1e-5)
        assert_gradients(coral_distance, slow, [SOURCE, TARGET])

    @pytest.mark.parametrize("of, names", [("logits", ("logits", "target_logits")), ("features", ("source", "target"))])
    def test_loss_is_cross_entropy_plus_distance(self, of, names):
        model = CORAL(self.classifier(), strength=2.0, of=of)
        model.compile("sgd")
        inputs, y = self.inputs(8)
        outputs = model(inputs)
        logits = outputs["logits"].numpy()
        chosen = logits[np.arange(8), y] - np.log(np.exp(logits).sum(1))
        expected = -chosen.mean() + 2 * slow(*(outputs[name].numpy() for name in names))
        np.testing.assert_allclose(model.evaluate(self.dataset(8, 8), verbose=0), expected, rtol=1e-5)

    def test_one_sample_is_named(self):
        with pytest.raises(Exception, match="at least 2 samples of each domain"):
            self.seeded().fit(self.dataset(1, 1), verbose=0)

    def test_helps_in_the_target(self):
        assert accuracy_on_target(lambda classifier, steps: CORAL(classifier)) > accuracy_without_help() + 0.1

    def test_bad_choice_is_named(self):
        with pytest.raises(ValueError, match="Received: of='outputs'"):
            CORAL(self.classifier(), of="outputs")
