import keras
import numpy as np
import pytest

from keras_transfer.encoders import ViT, image_decoder, resnet18, small_cnn
from keras_transfer.objectives import SimMIM
from tests.objectives.reconstruction_case import ReconstructionCase


class TestSimMIM(ReconstructionCase):
    learning_steps, learning_rate = 60, 1e-2

    def encoder(self, shape=(8, 8, 1), features=6):
        return small_cnn(shape, width=4)

    def images(self, samples, seed=0, shape=(8, 8, 1)):
        # Ramps with some noise: what is hidden can be told from what is seen.
        noise = super().images(samples, seed, shape)
        down, across = np.random.default_rng(seed + 1).uniform(-1, 1, (2, samples, 1, 1, 1)).astype(np.float32)
        rows, columns = (np.arange(side, dtype=np.float32) / side for side in shape[:2])
        return 0.5 + down * (rows[:, None, None] - 0.5) + across * (columns[:, None] - 0.5) + 0.1 * noise

    def make(self, **options):
        return SimMIM(self.encoder(), **options)

    def vit(self, **options):
        return SimMIM(ViT((8, 8, 1), patch_size=2, size=(8, 1, 2), class_token=True), **options)

    @pytest.mark.parametrize("normalize", [True, False])
    @pytest.mark.parametrize("kind", ["make", "vit"])
    def test_loss_is_the_formula(self, kind, normalize):
        objective = getattr(self, kind)(normalize=normalize)
        objective.compile("sgd")
        images = self.images(5)
        outputs = objective.predict(images, verbose=0)
        total = 0.0
        for image in range(5):
            target = images[image].copy()
            for row, column in np.ndindex(4, 4):  # patches of 2 x 2
                patch = target[2 * row : 2 * row + 2, 2 * column : 2 * column + 2]
                if normalize:
                    patch[:] = (patch - patch.mean()) / np.sqrt(patch.var() + 1e-6)
            errors = [
                abs(target[place] - outputs["reconstruction"][image][place])
                for place in np.ndindex(8, 8, 1)
                if outputs["hidden"][image][place]
            ]
            total += sum(errors) / len(errors)
        np.testing.assert_allclose(self.mean_loss(objective, images), total / 5, rtol=1e-5)

    def test_colour_does_not_count_thrice(self):
        objective = SimMIM(small_cnn((8, 8, 3), width=2), normalize=False)
        images = self.images(2, shape=(8, 8, 3))
        outputs = objective(images)
        errors = np.abs(images - outputs["reconstruction"].numpy())
        expected = [errors[image][outputs["hidden"].numpy()[image, ..., 0]].mean() for image in range(2)]
        np.testing.assert_allclose(objective.example_losses(images, outputs), expected, rtol=1e-5)

    @pytest.mark.parametrize("kind", ["make", "vit"])
    def test_hidden_pixels_are_replaced_by_the_learned_patch(self, kind):
        objective = getattr(self, kind)()
        images = self.images(3)
        outputs = objective(images)
        again = objective(np.where(outputs["hidden"], 9.0, images).astype(np.float32))
        np.testing.assert_array_equal(again["reconstruction"], outputs["reconstruction"])
        objective.mask_patch.assign(np.ones(objective.mask_patch.shape))
        assert np.abs(objective(images)["reconstruction"] - outputs["reconstruction"]).max() > 1e-4

    def test_whole_patches_are_hidden_and_their_share_is_the_ratio(self):
        objective = SimMIM(self.encoder(), patch_size=4, mask_ratio=0.5)
        hidden = objective(self.images(40))["hidden"].numpy()
        for image in hidden:
            cells = image.reshape(2, 4, 2, 4).mean((1, 3))
            assert set(cells.flat) == {0.0, 1.0} and cells.sum() == 2
        assert 0.3 < hidden[:, 0, 0].mean() < 0.7

    def test_learned_patch_and_every_weight_before_pooling_train(self):
        objective = self.seeded()
        before = [weight.numpy().copy() for weight in objective.trainable_weights]
        objective.fit(self.images(8), verbose=0)
        for weight, value in zip(objective.trainable_weights, before, strict=True):
            assert (weight.numpy() != value).any(), weight.path

    @pytest.mark.parametrize("kind", ["vit", "resnet"])
    def test_other_encoders_train_and_load(self, kind, tmp_path):
        objective = self.vit() if kind == "vit" else SimMIM(resnet18((16, 16, 1), "cifar", width=2))
        images = self.images(4, shape=objective.image_shape)
        objective.compile("sgd")
        assert np.isfinite(objective.fit(images, verbose=0).history["loss"]).all()
        objective.save(tmp_path / "objective.keras")
        loaded = keras.saving.load_model(tmp_path / "objective.keras")
        np.testing.assert_array_equal(loaded(images)["reconstruction"], objective(images)["reconstruction"])

    @pytest.mark.parametrize(
        ("side", "patch", "expected"),
        [(28, 4, 4), (32, 4, 8), (36, 4, 12), (192, 32, 32), (224, 16, 32), (8, 2, 2), (10, 1, 2), (33, 11, 11)],
    )
    def test_hidden_patches_are_a_seventh_of_the_side_or_more(self, side, patch, expected):
        assert SimMIM(ViT((side, side, 1), patch_size=patch, size=(4, 0, 1))).patch_size == expected

    def test_maps_that_do_not_fit_need_a_decoder(self, tmp_path):
        encoder = small_cnn((9, 9, 1), width=2)
        with pytest.raises(ValueError, match="maps of 4 x 4 for images of 9 x 9; give `decoder`"):
            SimMIM(encoder, patch_size=3)
        objective = SimMIM(encoder, image_decoder((4, 4, 4), (9, 9, 1), width=2), patch_size=3)
        objective.compile("sgd")
        images = self.images(4, shape=(9, 9, 1))
        assert np.isfinite(objective.fit(images, verbose=0).history["loss"]).all()
        objective.save(tmp_path / "objective.keras")
        loaded = keras.saving.load_model(tmp_path / "objective.keras")
        np.testing.assert_array_equal(loaded(images)["reconstruction"], objective(images)["reconstruction"])

    def test_wrong_parts_are_named(self):
        with pytest.raises(ValueError, match="patch_size=3, images of 8 x 8"):
            SimMIM(self.encoder(), patch_size=3)
        with pytest.raises(ValueError, match="mask_ratio=0"):
            SimMIM(self.encoder(), mask_ratio=0)
        with pytest.raises(ValueError, match="`pool` is not a layer"):
            SimMIM(self.encoder(), features="pool")
        with pytest.raises(
            ValueError, match="`decoder` does not take codes of shape \\(4, 4, 8\\). Received: tiny_decoder"
        ):
            SimMIM(small_cnn((16, 16, 1), width=2), self.decoder(4))
