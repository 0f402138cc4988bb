import math

import keras
import numpy as np
import pytest
import tensorflow as tf

from keras_transfer.adaptation import CDAN
from tests.adaptation.adaptation_case import StatelessCase, accuracy_on_target, accuracy_without_help
from tests.adaptation.test_pseudo_labels import probabilities


class TestCDAN(StatelessCase):
    falls_to = 0.95

    def make_from(self, classifier):
        return CDAN(classifier, strength=0.5, hidden=(7,))

    def test_loss_is_that_of_the_paper(self):
        model = self.seeded()
        inputs, y = self.inputs(6)
        outputs = {name: value.numpy() for name, value in model(inputs).items()}
        means = []
        for features, logits, label in (("source", "logits", 1), ("target", "target_logits", 0)):
            total, weights = 0.0, 0.0
            for f, g in zip(outputs[features], probabilities(outputs[logits]), strict=True):
                products = [f[i] * g[k] for i in range(len(f)) for k in range(len(g))]
                said = float(model.domain_head(np.array([products], np.float32))[0, 0])
                chance = 1 / (1 + math.exp(-said))
                weight = 1 + math.exp(sum(p * math.log(p) for p in g))
                total -= weight * math.log(chance if label else 1 - chance)
                weights += weight
            means.append(total / weights)
        said = probabilities(outputs["logits"])
        loss = np.mean([-np.log(said[i, y[i]]) for i in range(6)]) + np.mean(means)
        np.testing.assert_allclose(model.evaluate(self.dataset(6, 6), verbose=0), loss, rtol=1e-5)

    def test_encoder_goes_up_the_domain_heads_loss(self):
        features, target = tf.Variable(np.ones((4, 6), np.float32)), tf.zeros((4, 6))
        outputs = {"source": features, "target": target, "logits": tf.ones((4, 3)), "target_logits": tf.ones((4, 3))}
        gradients = []
        for strength in (0.0, 0.5, 1.0):
            model = CDAN(self.classifier(), strength=strength, hidden=())
            model.domain_head.set_weights([np.ones((18, 1)), np.zeros(1)])
            with tf.GradientTape() as tape:
                loss = model.assistance(outputs)
            gradients.append(tape.gradient(loss, features).numpy())
        # Down the loss would be to say source louder: features up. The encoder goes the other way.
        assert np.abs(gradients[0]).max() == 0 and gradients[2].min() > 0
        np.testing.assert_allclose(gradients[2], 2 * gradients[1], rtol=1e-6)

    def test_random_map_keeps_products_of_lengths(self):
        model = CDAN(self.classifier(), random_size=4000)
        a, b = np.random.default_rng(0).normal(size=(2, 3, 6)).astype("float32")
        g = probabilities(np.random.default_rng(1).normal(size=(3, 3))).astype("float32")
        first, second = model.joint(a, g).numpy(), model.joint(b, g).numpy()
        assert first.shape == (3, 4000)
        exact = np.sum(a * b, 1) * np.sum(g * g, 1)
        np.testing.assert_allclose(np.sum(first * second, 1), exact, atol=0.5)

    def test_many_products_take_the_random_map_and_are_saved(self, tmp_path):
        classifier = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1000), keras.layers.Dense(5)])
        model = CDAN(classifier, hidden=(3,))
        x = np.ones((2, 2), np.float32)
        assert model.domain_head.parts[0].kernel.shape == (1024, 3)
        model.save(tmp_path / "model.keras")
        loaded = keras.saving.load_model(tmp_path / "model.keras")
        np.testing.assert_allclose(loaded.assistance(loaded((x, x))), model.assistance(model((x, x))), rtol=1e-6)

    def test_helps_in_the_target(self):
        helped = accuracy_on_target(lambda classifier, steps: CDAN(classifier, total_steps=steps, hidden=(64, 64)))
        assert helped > accuracy_without_help() + 0.1

    def test_bad_size_is_named(self):
        with pytest.raises(ValueError, match="Received: random_size=0"):
            CDAN(self.classifier(), random_size=0)
