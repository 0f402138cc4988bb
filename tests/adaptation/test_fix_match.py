import numpy as np
import pytest
import tensorflow as tf

from keras_transfer import data
from keras_transfer.adaptation import FixMatch
from tests.adaptation.adaptation_case import StatelessCase, StripesCase
from tests.adaptation.test_pseudo_labels import probabilities


class TestFixMatch(StatelessCase):
    def make_from(self, classifier):
        return FixMatch(classifier, threshold=0.4)

    def unlabelled(self, samples):
        return (samples, samples[:, ::-1] + 0.1)

    def test_loss_is_that_of_the_paper(self):
        model = FixMatch(self.classifier(), strength=0.7, threshold=0.7)
        model.compile("sgd")
        (x, (weak, strong)), y = self.inputs(8)
        said, sure, asked = (probabilities(model(samples).numpy()) for samples in (x, weak, strong))
        loss, used = np.mean([-np.log(said[i, y[i]]) for i in range(8)]), 0
        for i in range(8):
            if sure[i].max() >= 0.7:
                used += 1
                loss -= 0.7 * np.log(asked[i, sure[i].argmax()]) / 8
        assert 0 < used < 8
        found = model.evaluate(self.dataset(8, 8), verbose=0, return_dict=True)
        np.testing.assert_allclose(found["loss"], loss, rtol=1e-5)
        np.testing.assert_allclose(found["confident"], used / 8)

    def test_no_gradient_through_the_weak_view(self):
        model = self.make()
        (_, (weak, strong)), _ = self.inputs(8)
        weak, strong = tf.Variable(weak), tf.Variable(strong)
        with tf.GradientTape() as tape:
            outputs = model((weak, (weak, strong)))
            loss = model.assistance(outputs)
        through_weak, through_strong = tape.gradient(loss, [weak, strong])
        assert through_weak is None or np.abs(through_weak).max() == 0
        assert np.abs(through_strong).max() > 0

    def test_samples_that_are_no_views_are_named(self):
        (x, _), _ = self.inputs(8)
        with pytest.raises(ValueError, match="needs two views .* Received: samples that are no views"):
            self.make()((x, x))
        with pytest.raises(ValueError, match="Received: 3 views"):
            self.make()((x, (x, x, x)))


class TestOnStripes(StripesCase):
    def test_unlabelled_samples_help(self):
        def views(x, seeds):
            weak, strong = data.split_seeds(seeds, 2)
            return x + data.normal(weak, 2, deviation=0.05), x + data.normal(strong, 2, deviation=0.3)

        model = FixMatch(self.network(), threshold=0.8)
        assert self.gain(model, unlabelled_map=views) > 0.1
