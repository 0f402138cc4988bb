import math

import numpy as np
import pytest

from keras_transfer.objectives import VariationalAutoencoder
from keras_transfer.objectives.variational_autoencoder import kl_from_standard_normal
from tests.objectives.reconstruction_case import ReconstructionCase


class TestVariationalAutoencoder(ReconstructionCase):
    def make(self):
        return VariationalAutoencoder(self.encoder(), self.decoder(3), latent=3, beta=0.5, noise=1.0)

    def test_kl_is_the_closed_form(self):
        rng = np.random.default_rng(0)
        mean, log_variance = rng.normal(size=(4, 3)), rng.normal(size=(4, 3))
        expected = []
        for means, logs in zip(mean, log_variance, strict=True):
            expected.append(sum((m**2 + math.exp(s) - 1 - s) / 2 for m, s in zip(means, logs, strict=True)))
        np.testing.assert_allclose(kl_from_standard_normal(mean, log_variance), expected, rtol=1e-6)

    def test_kl_is_what_sampling_gives(self):
        mean, log_variance = np.array([[0.7, -0.3]]), np.array([[0.5, -1.0]])
        deviation = np.exp(log_variance / 2)
        z = mean + deviation * np.random.default_rng(0).normal(size=(400_000, 2))
        of_code = -(((z - mean) / deviation) ** 2) / 2 - log_variance / 2
        of_prior = -(z**2) / 2
        sampled = (of_code - of_prior).sum(1)
        error = 4 * sampled.std() / math.sqrt(len(z))
        assert abs(sampled.mean() - kl_from_standard_normal(mean, log_variance)[0]) < error

    def test_loss_is_the_bound(self):
        objective = self.seeded()
        images = self.images(4)
        outputs = {name: np.array(value) for name, value in objective.evaluated(images).items()}
        total = 0.0
        for index in range(4):
            squares = sum(
                (a - b) ** 2 for a, b in zip(images[index].flat, outputs["reconstruction"][index].flat, strict=True)
            )
            total += squares / (2 * objective.noise**2)
            for m, s in zip(outputs["mean"][index], outputs["log_variance"][index], strict=True):
                total += objective.beta * (m**2 + math.exp(s) - 1 - s) / 2
        np.testing.assert_allclose(self.mean_loss(objective, images), total / 4, rtol=1e-5)

    def test_codes_have_the_mean_and_the_variance_of_the_heads(self):
        objective = VariationalAutoencoder(self.encoder(), self.decoder(3), latent=3)
        objective.log_variance.bias.assign([-2.0, 0.0, 1.0])
        seen = []
        objective.decoder = lambda code, training: seen.append(np.array(code)) or code
        outputs = objective(np.repeat(self.images(1), 5000, axis=0), training=True)
        np.testing.assert_allclose(seen[0].mean(0), outputs["mean"][0], atol=0.1)  # four standard errors
        np.testing.assert_allclose(seen[0].std(0), np.exp([-1.0, 0.0, 0.5]), rtol=0.06)

    def test_prediction_is_that_of_the_mean(self):
        objective = self.seeded()
        images = self.images(4)
        outputs = objective.predict(images, verbose=0)
        np.testing.assert_allclose(outputs["mean"], objective.mean(objective.encoder(images)), rtol=1e-5)
        np.testing.assert_allclose(outputs["reconstruction"], objective.decoder(outputs["mean"]), rtol=1e-4, atol=1e-6)

    def test_evaluation_repeats_and_training_samples_anew(self):
        objective = self.seeded()
        images = self.images(4)
        assert self.mean_loss(objective, images) == self.mean_loss(objective, images)
        one, other = (objective(images, training=True)["reconstruction"] for _ in range(2))
        assert np.abs(one - other).max() > 0

    def test_kl_is_reported(self):
        objective = self.seeded()
        images = self.images(6)
        outputs = objective.predict(images, verbose=0)
        expected = np.mean(kl_from_standard_normal(outputs["mean"], outputs["log_variance"]))
        reported = objective.evaluate(images, batch_size=4, verbose=0, return_dict=True)["kl"]
        np.testing.assert_allclose(reported, expected, rtol=1e-5)

    @pytest.mark.parametrize("bias", [-1e4, 1e4])
    def test_extreme_variances_stay_finite(self, bias):
        objective = self.seeded()
        objective.log_variance.bias.assign([bias] * 3)
        assert np.isfinite(objective.fit(self.images(8), verbose=0).history["loss"]).all()
        assert all(np.isfinite(value).all() for value in objective.get_weights())

    @pytest.mark.parametrize("argument, value", [("latent", 0), ("beta", -1.0), ("noise", 0.0)])
    def test_wrong_numbers_are_named(self, argument, value):
        with pytest.raises(ValueError, match=f"`{argument}` must be.*Received: {argument}={value}"):
            VariationalAutoencoder(self.encoder(), **{argument: value})
