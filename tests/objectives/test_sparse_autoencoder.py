import math

import keras
import numpy as np
import pytest
import tensorflow as tf

from keras_transfer.objectives import SparseAutoencoder
from tests.objectives.reconstruction_case import ReconstructionCase


class TestSparseAutoencoder(ReconstructionCase):
    def make(self):
        return SparseAutoencoder(self.encoder(), self.decoder(5), penalty="kl", units=5, weight=0.1, target=0.2)

    def l1(self, weight=0.1):
        return SparseAutoencoder(self.encoder(), self.decoder(5), penalty="l1", units=5, weight=weight)

    def train(self, objective, images, steps=60):
        objective.compile(keras.optimizers.Adam(0.03))
        objective.fit(tf.data.Dataset.from_tensors(images).repeat(steps), verbose=0)

    def plain_error(self, images, outputs):
        return sum(
            np.mean((image - copy) ** 2) for image, copy in zip(images, outputs["reconstruction"], strict=True)
        ) / len(images)

    def test_kl_loss_is_the_formula(self):
        objective = self.seeded()
        images = self.images(7)
        outputs = objective.predict(images, verbose=0)
        expected = self.plain_error(images, outputs)
        for unit in range(5):
            on = sum(outputs["code"][sample, unit] for sample in range(7)) / 7
            expected += 0.1 * (0.2 * math.log(0.2 / on) + 0.8 * math.log(0.8 / (1 - on)))
        np.testing.assert_allclose(self.mean_loss(objective, images), expected, rtol=1e-5)

    def test_l1_loss_is_the_formula(self):
        objective = self.l1()
        objective.compile("sgd")
        images = self.images(7)
        outputs = objective.predict(images, verbose=0)
        expected = self.plain_error(images, outputs)
        for sample in range(7):
            expected += 0.1 * sum(abs(outputs["code"][sample, unit]) for unit in range(5)) / 7
        np.testing.assert_allclose(self.mean_loss(objective, images), expected, rtol=1e-5)

    def test_kl_is_zero_on_target_and_finite_when_always_off_or_on(self):
        objective = self.make()
        np.testing.assert_allclose(objective.penalties(tf.fill((4, 5), 0.2)), 0, atol=1e-5)
        for value in (0.0, 1.0):
            code = tf.fill((4, 5), value)
            with tf.GradientTape() as tape:
                tape.watch(code)
                penalty = objective.penalties(code)
            assert np.isfinite(penalty) and np.isfinite(tape.gradient(penalty, code)).all()

    def test_kl_brings_the_mean_to_its_target(self):
        objective = SparseAutoencoder(self.encoder(), self.decoder(5), penalty="kl", units=5, weight=10.0, target=0.2)
        images = self.images(64)
        self.train(objective, images)
        np.testing.assert_allclose(np.mean(objective(images, training=True)["code"], axis=0), 0.2, atol=0.05)

    def test_l1_switches_units_off(self):
        active = []
        for weight in (0.0, 1.0):
            objective = self.l1(weight)
            images = self.images(64)
            self.train(objective, images)
            active.append(np.mean(objective(images, training=True)["code"]))
        assert active[1] < 0.2 * active[0]

    @pytest.mark.parametrize(
        "argument, value", [("penalty", "l2"), ("weight", -1.0), ("units", 0), ("target", 0.0), ("target", 1.0)]
    )
    def test_wrong_arguments_are_named(self, argument, value):
        with pytest.raises(ValueError, match=f"`{argument}` must be.*Received: {argument}={value!r}"):
            SparseAutoencoder(self.encoder(), **{argument: value})
