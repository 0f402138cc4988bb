import numpy as np
import pytest
import tensorflow as tf

from keras_transfer.objectives import Autoencoder, DenoisingAutoencoder
from tests.objectives.objective_case import generators
from tests.objectives.reconstruction_case import ReconstructionCase


class TestDenoisingAutoencoder(ReconstructionCase):
    def make(self):
        return DenoisingAutoencoder(self.encoder(), self.decoder(), noise=0.2, mask=0.3)

    def spoilt(self, objective, images, seed=0):
        seeds = np.random.default_rng(seed).integers(-(2**31), 2**31, (len(images), 2)).astype(np.int32)
        return objective.corrupt(tf.constant(images), seeds).numpy()

    def test_zero_noise_is_plain_mse(self):
        silent = DenoisingAutoencoder(self.encoder(), self.decoder(), noise=0.0)
        silent.compile("sgd")
        plain = Autoencoder(silent.encoder, silent.decoder)
        plain.compile("sgd")
        images = self.images(4)
        np.testing.assert_allclose(self.mean_loss(silent, images), self.mean_loss(plain, images), rtol=1e-6)

    def test_target_is_the_clean_input(self):
        objective = self.seeded()
        images = self.images(4)
        rebuilt = self.images(4, seed=9)
        expected = [np.mean((clean - copy) ** 2) for clean, copy in zip(images, rebuilt, strict=True)]
        np.testing.assert_allclose(objective.example_losses(images, rebuilt), expected, rtol=1e-5)

    def test_noise_has_the_deviation_asked_for(self):
        objective = DenoisingAutoencoder(self.encoder(), self.decoder(), noise=0.2)
        images = self.images(300)
        added = self.spoilt(objective, images) - images
        assert abs(added.std() / 0.2 - 1) < 0.02 and abs(added.mean()) < 0.006
        assert np.abs(np.corrcoef(added[:, :4, 0, 0].T) - np.eye(4)).max() < 0.25

    def test_mask_zeroes_its_share_and_leaves_the_rest(self):
        objective = DenoisingAutoencoder(self.encoder(), self.decoder(), noise=0.0, mask=0.3)
        images = self.images(300) + 1
        spoilt = self.spoilt(objective, images)
        gone = spoilt == 0
        assert abs(gone.mean() - 0.3) < 0.02
        np.testing.assert_array_equal(spoilt[~gone], images[~gone])
        assert (gone[0] != gone[1]).any()

    def test_training_draws_anew_and_evaluation_repeats(self):
        objective = self.seeded()
        images = self.images(4)
        assert np.abs(objective(images, training=True) - objective(images, training=True)).max() > 0
        state = [np.array(generator.state) for generator in generators(objective)]
        assert self.mean_loss(objective, images) == self.mean_loss(objective, images)
        np.testing.assert_array_equal(state, [np.array(generator.state) for generator in generators(objective)])

    def test_predict_takes_inputs_as_they_are(self):
        objective = self.seeded()
        images = self.images(4)
        expected = objective.decoder(objective.encoder(images))
        np.testing.assert_allclose(objective.predict(images, verbose=0), expected, rtol=1e-5)

    @pytest.mark.parametrize("argument, value", [("noise", -0.1), ("mask", 1.0), ("noise", float("nan"))])
    def test_wrong_amounts_are_named(self, argument, value):
        with pytest.raises(ValueError, match=f"`{argument}` must be.*Received: {argument}={value}"):
            DenoisingAutoencoder(self.encoder(), self.decoder(), **{argument: value})
