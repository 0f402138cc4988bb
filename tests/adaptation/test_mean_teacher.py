import math

import keras
import numpy as np
import pytest

from keras_transfer import data
from keras_transfer.adaptation import MeanTeacher
from tests.adaptation.adaptation_case import STEPS, AdaptationCase, StripesCase
from tests.adaptation.test_pseudo_labels import probabilities


class TestMeanTeacher(AdaptationCase):
    def make_from(self, classifier):
        return MeanTeacher(classifier, strength=2.0, total_steps=8, momentum=0.5)

    def unlabelled(self, samples):
        return (samples, samples[:, ::-1] + 0.1)

    @pytest.mark.parametrize("replicas", [2, 4])
    def test_replicas_give_the_gradient_of_one_device(self, replicas):
        super().test_replicas_give_the_gradient_of_one_device(replicas)

    def check_predictions(self, model, x):
        np.testing.assert_allclose(model.predict(x, verbose=0), model.averaged.predict(x, verbose=0), atol=1e-6)
        assert np.abs(model.predict(x, verbose=0) - model.classifier.predict(x, verbose=0)).max() > 1e-4

    def test_loss_is_that_of_the_paper(self):
        model = self.seeded()
        model.fit(self.dataset(16, 8), verbose=0)
        (x, (first, second)), y = self.inputs(8, seed=5)
        said, asked = (probabilities(model.classifier(samples).numpy()) for samples in (x, first))
        taught = probabilities(model.averaged(second).numpy())
        loss = np.mean([-np.log(said[i, y[i]]) for i in range(8)])
        progress = 2 / 8 / 0.4
        for i in range(8):
            for k in range(3):
                loss += 2 * math.exp(-5 * (1 - progress) ** 2) * (asked[i, k] - taught[i, k]) ** 2 / 8
        np.testing.assert_allclose(model.evaluate(self.dataset(8, 8, seed=5), verbose=0), loss, rtol=1e-5)

    def test_teacher_averages(self):
        model = self.seeded()
        before = model.classifier.get_layer("head").kernel.numpy()
        model.fit(self.dataset(8, 8), verbose=0)
        after = model.classifier.get_layer("head").kernel.numpy()
        np.testing.assert_allclose(model.averaged.get_layer("head").kernel, (before + after) / 2, atol=1e-6)

    def test_samples_without_views_differ_by_dropout(self):
        inputs = keras.Input((5,))
        hidden = keras.layers.Dropout(0.5)(keras.layers.Dense(20, activation="relu")(inputs))
        model = MeanTeacher(keras.Model(inputs, keras.layers.Dense(3)(hidden)))
        (x, (samples, _)), _ = self.inputs(8)
        assert float(model.assistance(model((x, samples), training=True))) > 1e-4
        assert float(model.assistance(model((x, samples), training=False))) < 1e-9

    def test_bad_numbers_are_named(self):
        for options in ({"momentum": 1.5}, {"ramp_share": 0.0}):
            (name,) = options
            with pytest.raises(ValueError, match=f"Received: {name}="):
                MeanTeacher(self.classifier(), **options)


class TestOnStripes(StripesCase):
    def test_unlabelled_samples_help(self):
        def views(x, seeds):
            return tuple(x + data.normal(own, 2, deviation=0.2) for own in data.split_seeds(seeds, 2))

        model = MeanTeacher(self.network(), strength=10.0, total_steps=STEPS, momentum=0.9)
        assert self.gain(model, unlabelled_map=views) > 0.1
