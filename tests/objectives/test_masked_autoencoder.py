import math

import numpy as np
import pytest

from keras_transfer.encoders import ViT
from keras_transfer.layers import patchify
from keras_transfer.objectives import MaskedAutoencoder
from tests.objectives.objective_case import ObjectiveCase, generators
from tests.objectives.reconstruction_case import ReconstructionCase


class TestMaskedAutoencoder(ReconstructionCase):
    learning_steps, learning_rate = 40, 1e-2

    def encoder(self, shape=(8, 8, 1), **options):
        return ViT(shape, patch_size=2, size=(8, 1, 2), **options)

    def make(self):
        return MaskedAutoencoder(self.encoder(), decoder=(8, 1, 2))

    def test_loss_is_the_formula(self):
        objective = self.seeded()
        images = self.images(5)
        outputs = objective.predict(images, verbose=0)
        total = 0.0
        for image in range(5):
            errors = []
            for patch in range(16):
                row, column = divmod(patch, 4)
                pixels = images[image, 2 * row : 2 * row + 2, 2 * column : 2 * column + 2].reshape(-1).astype(float)
                mean = sum(pixels) / 4
                variance = sum((pixel - mean) ** 2 for pixel in pixels) / 4
                if outputs["hidden"][image, patch]:
                    for pixel, said in zip(pixels, outputs["patches"][image, patch], strict=True):
                        errors.append((said - (pixel - mean) / math.sqrt(variance + 1e-6)) ** 2)
            total += sum(errors) / len(errors)
        np.testing.assert_allclose(self.mean_loss(objective, images), total / 5, rtol=1e-4)

    def test_pixels_as_they_are_are_the_target_without_normalising(self):
        objective = MaskedAutoencoder(self.encoder(), decoder=(8, 1, 2), normalize=False)
        images = self.images(3)
        outputs = objective(images)
        hidden = outputs["hidden"].numpy()
        errors = (patchify(images, 2).numpy() - outputs["patches"].numpy()) ** 2
        expected = [errors[image][hidden[image]].mean() for image in range(3)]
        np.testing.assert_allclose(objective.example_losses(images, outputs), expected, rtol=1e-5)

    def test_target_of_seen_patches_changes_nothing(self):
        objective = self.seeded()
        images = self.images(3)
        outputs = objective(images)
        before = objective.example_losses(images, outputs)
        hidden = outputs["hidden"].numpy()
        seen, masked = np.argwhere(~hidden[0])[0, 0], np.argwhere(hidden[0])[0, 0]
        for patch, same in ((seen, True), (masked, False)):
            changed = images.copy()
            changed[0, 2 * (patch // 4), 2 * (patch % 4)] += 1
            after = objective.example_losses(changed, outputs)
            assert (np.array(after) == np.array(before)).all() == same

    def test_hidden_pixels_reach_neither_encoder_nor_decoder(self):
        objective = self.seeded()
        images = self.images(3)
        outputs = objective(images)
        pixels = np.repeat(np.repeat(outputs["hidden"].numpy().reshape(3, 4, 4, 1), 2, 1), 2, 2)
        again = objective(np.where(pixels, 9.0, images).astype(np.float32))
        np.testing.assert_array_equal(again["hidden"], outputs["hidden"])
        np.testing.assert_array_equal(again["patches"], outputs["patches"])

    def test_patches_are_rebuilt_where_they_were(self):
        # Each image a constant of its own position: only a decoder that puts tokens back can copy what was seen.
        objective = MaskedAutoencoder(self.encoder(), mask_ratio=0.5, decoder=(8, 0, 2), normalize=False)
        images = self.images(2)
        order = objective(images)["hidden"].numpy()
        nudged = images.copy()
        patch = np.argwhere(~order[0])[0, 0]
        nudged[0, 2 * (patch // 4), 2 * (patch % 4)] += 0.1
        change = np.abs(objective(nudged)["patches"].numpy() - objective(images)["patches"].numpy()).max(-1)
        assert change[0].argmax() == patch and change[1].max() == 0

    @pytest.mark.parametrize("ratio, hidden", [(0.75, 12), (0.01, 1), (0.99, 15)])
    def test_share_hidden_is_the_ratio_in_every_image(self, ratio, hidden):
        objective = MaskedAutoencoder(self.encoder(), mask_ratio=ratio, decoder=(8, 1, 2))
        assert (objective(self.images(50))["hidden"].numpy().sum(1) == hidden).all()

    def test_every_patch_is_hidden_as_often(self):
        objective = self.make()
        images = self.images(500)
        often = np.mean([objective(images, training=True)["hidden"].numpy().mean(0) for _ in range(2)], axis=0)
        assert np.abs(often - 0.75).max() < 0.06  # four standard errors

    def test_evaluation_hides_the_same_and_training_other_patches(self):
        objective = self.seeded()
        images = self.images(4)
        state = [np.array(generator.state) for generator in generators(objective)]
        assert self.mean_loss(objective, images) == self.mean_loss(objective, images)
        np.testing.assert_array_equal(state, [np.array(generator.state) for generator in generators(objective)])
        one, other = (objective(images, training=True)["hidden"].numpy() for _ in range(2))
        assert (one != other).any()

    def test_class_token_and_dropout_train(self):
        objective = MaskedAutoencoder(self.encoder(class_token=True, dropout=0.1), decoder=(8, 1, 2))
        objective.compile("adam")
        assert np.isfinite(objective.fit(self.images(8), verbose=0).history["loss"]).all()

    def test_flat_patches_stay_finite(self):
        objective = self.seeded()
        assert np.isfinite(objective.train_on_batch(np.ones((4, 8, 8, 1), np.float32)))

    def test_wrong_parts_are_named(self):
        with pytest.raises(TypeError, match="keras_transfer.encoders.ViT.*SimMIM. Received.*tiny"):
            MaskedAutoencoder(ObjectiveCase().encoder())
        with pytest.raises(ValueError, match="mask_ratio=1.0"):
            MaskedAutoencoder(self.encoder(), mask_ratio=1.0)
        with pytest.raises(ValueError, match="at least 2 patches. Received: 1"):
            MaskedAutoencoder(ViT((4, 4, 1), patch_size=4, size=(8, 1, 2)))
