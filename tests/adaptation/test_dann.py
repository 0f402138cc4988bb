import math

import keras
import numpy as np
import pytest
import tensorflow as tf

from keras_transfer.adaptation import DANN
from tests.adaptation.adaptation_case import AdaptationCase, accuracy_on_target, accuracy_without_help


class TestDANN(AdaptationCase):
    # The domain head's loss must not fall, so the sum falls less.
    falls_to = 0.95

    def make_from(self, classifier):
        return DANN(classifier, strength=0.5, total_steps=40, hidden=(7,))

    def test_strength_rises_as_in_the_paper(self):
        model = self.seeded()
        assert float(model.current_strength()) == 0
        model.fit(self.dataset(16, 8), verbose=0, epochs=5)
        assert int(model.steps.numpy()) == 10
        np.testing.assert_allclose(model.current_strength(), 0.5 * (2 / (1 + math.exp(-10 * 10 / 40)) - 1), rtol=1e-6)
        model.steps.assign(1000)
        np.testing.assert_allclose(model.current_strength(), 0.5 * (2 / (1 + math.exp(-10)) - 1), rtol=1e-6)

    def test_gradients_are_those_of_the_paper(self):
        """The domain head goes down its loss; the encoder down the cross-entropy and up the domain head's loss."""
        model = DANN(self.classifier(), strength=0.3, hidden=(7,))
        inputs, y = self.inputs(8)
        body, head = model.classifier.get_layer("hidden").trainable_weights, model.head.trainable_weights
        domain = model.domain_head.trainable_weights
        with tf.GradientTape(persistent=True) as tape:
            outputs = model(inputs, training=True)
            loss = model.compute_loss(inputs, y, outputs)
            samples = tf.concat(inputs, 0)
            features = model._body(samples, training=True)
            logits = model.head(features)[:8]
            entropy = -tf.reduce_mean(tf.gather(tf.nn.log_softmax(logits), y, batch_dims=1))
            source = tf.sigmoid(model.domain_head(features)[:, 0])
            wrong = -(tf.reduce_mean(tf.math.log(source[:8])) + tf.reduce_mean(tf.math.log(1 - source[8:]))) / 2
        np.testing.assert_allclose(loss, entropy + wrong, rtol=1e-5)
        pairs = [
            *zip(tape.gradient(loss, head), tape.gradient(entropy, head), strict=True),
            *zip(tape.gradient(loss, domain), tape.gradient(wrong, domain), strict=True),
        ]
        for got, up, down in zip(*(tape.gradient(value, body) for value in (loss, entropy, wrong)), strict=True):
            pairs.append((got, up - 0.3 * down))
        for got, expected in pairs:
            np.testing.assert_allclose(got, expected, atol=1e-6)

    def test_helps_in_the_target(self):
        assert (
            accuracy_on_target(lambda classifier, steps: DANN(classifier, total_steps=steps, hidden=(64, 64)))
            > accuracy_without_help() + 0.1
        )

    def test_the_classifier_is_the_users(self, tmp_path):
        classifier = self.classifier()
        model = DANN(classifier)
        assert model.classifier is classifier
        model.compile(keras.optimizers.SGD(0.1))
        model.fit(self.dataset(8, 8), verbose=0)
        classifier.save(tmp_path / "classifier.keras")
        ((x, _), _) = self.inputs(8)
        np.testing.assert_allclose(keras.saving.load_model(tmp_path / "classifier.keras")(x), model(x), atol=1e-6)

    def test_bad_arguments_are_named(self):
        for name, value in (("strength", -1.0), ("strength", math.nan), ("total_steps", 0), ("hidden", (0,))):
            with pytest.raises(ValueError, match=f"Received: {name}="):
                DANN(self.classifier(), **{name: value})
