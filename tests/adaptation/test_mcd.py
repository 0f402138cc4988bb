import keras
import numpy as np
import pytest
import tensorflow as tf

from keras_transfer.adaptation import CORAL, MCD
from tests.adaptation.adaptation_case import AdaptationCase, accuracy_on_target
from tests.adaptation.test_pseudo_labels import probabilities


class TestMCD(AdaptationCase):
    def make_from(self, classifier):
        return MCD(classifier, encoder_updates=2)

    def test_updates_are_those_of_the_paper(self):
        """The three kinds, by hand on a copy, with plain gradient descent."""
        model, hand = (MCD(self.plain(), strength=0.7, encoder_updates=2) for _ in range(2))
        hand.set_weights(model.get_weights())
        model.compile(keras.optimizers.SGD(0.1))
        model.fit(self.dataset(8, 8), verbose=0)
        ((source, target), y) = self.inputs(8)
        heads = [*hand.head.trainable_weights, *hand.second_head.trainable_weights]
        encoder = hand.classifier.layers[0].trainable_weights

        def update(weights, with_labels, sign):
            with tf.GradientTape() as tape:
                first, second = (hand.classifier.layers[0](samples) for samples in (source, target))
                entropy, said = 0.0, []
                for head in (hand.head, hand.second_head):
                    logarithms = tf.nn.log_softmax(head(first))
                    entropy -= tf.reduce_mean(tf.gather(logarithms, y, batch_dims=1))
                    said.append(tf.nn.softmax(head(second)))
                apart = tf.reduce_mean(tf.abs(said[0] - said[1]))
                loss = with_labels * entropy + sign * 0.7 * apart
            for weight, gradient in zip(weights, tape.gradient(loss, weights), strict=True):
                weight.assign_sub(0.1 * gradient)

        update([*encoder, *heads], 1, 0)
        update(heads, 1, -1)
        update(encoder, 0, 1)
        update(encoder, 0, 1)
        for weight, expected in zip(model.get_weights(), hand.get_weights(), strict=True):
            if weight.dtype == np.float32:
                np.testing.assert_allclose(weight, expected, atol=1e-6)

    def plain(self):
        keras.utils.set_random_seed(3)
        return keras.Sequential([keras.Input((5,)), keras.layers.Dense(6, activation="tanh"), keras.layers.Dense(3)])

    def test_each_domain_is_normalised_by_itself(self):
        model, twin = self.seeded(), self.seeded()
        (source, target), _ = self.inputs(8)
        outputs = model((source, target), training=True)
        for name, samples in (("logits", source), ("target_logits", target)):
            np.testing.assert_allclose(outputs[name], twin.classifier(samples, training=True), atol=1e-6)
        for found, expected in zip(model.classifier.get_weights(), twin.classifier.get_weights(), strict=True):
            np.testing.assert_allclose(found, expected, atol=1e-6)

    def test_moving_statistics_see_the_target_last(self):
        """Of one batch: both domains twice, then the target alone in each update of the encoder."""
        model = self.seeded(keras.optimizers.SGD(0.0))
        (source, target), _ = self.inputs(8)
        norm, hidden = model.classifier.layers[2], model.classifier.get_layer("hidden")
        mean, means = norm.moving_mean.numpy(), [hidden(samples).numpy().mean(0) for samples in (source, target)]
        model.fit(self.dataset(8, 8), verbose=0)
        for domain in (0, 1, 0, 1, 1, 1):
            mean = 0.9 * mean + 0.1 * means[domain]
        np.testing.assert_allclose(norm.moving_mean.numpy(), mean, atol=1e-6)

    def test_discrepancy_is_shown(self):
        model = self.seeded()
        found = model.evaluate(self.dataset(8, 8), verbose=0, return_dict=True)
        outputs = model(self.inputs(8)[0])
        first, second = (probabilities(outputs[name].numpy()) for name in ("target_logits", "second_target_logits"))
        np.testing.assert_allclose(found["discrepancy"], np.abs(first - second).mean(), rtol=1e-5)

    def test_accumulated_gradients_are_refused(self):
        with pytest.raises(ValueError, match="Received: gradient_accumulation_steps=2"):
            self.seeded(keras.optimizers.SGD(0.1, gradient_accumulation_steps=2)).fit(self.dataset(8, 8), verbose=0)

    def test_helps_in_the_target(self):
        """Two blobs, moved: the heads agree on the source alone where its boundary is to run."""

        def moved():
            generator = np.random.default_rng(0)

            def blobs(along, across):
                y = generator.integers(0, 2, 400)
                x = generator.normal(0, 0.35, (400, 2)) + np.stack([2 * y - 1 + along, np.full(400, across)], 1)
                return x.astype("float32"), y

            return *blobs(0.0, 0.0), *blobs(0.9, 1.5)

        options = {"domains": moved, "steps": 96, "width": 32}
        alone = accuracy_on_target(lambda classifier, steps: CORAL(classifier, strength=0.0), **options)
        assert accuracy_on_target(lambda classifier, steps: MCD(classifier), **options) > alone + 0.1

    def test_bad_number_is_named(self):
        with pytest.raises(ValueError, match="Received: encoder_updates=0"):
            MCD(self.classifier(), encoder_updates=0)
