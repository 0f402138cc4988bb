"""The contract of objectives on several crops of each sample, as tests to inherit."""

import keras
import numpy as np
import pytest

from tests.objectives.objective_case import ObjectiveCase


class MultiCropCase(ObjectiveCase):
    """`ObjectiveCase`, and what holds for large and small crops."""

    def make_cold(self):
        """The objective at a temperature of 0.01."""
        raise NotImplementedError

    def inputs(self, samples, seed=0):
        """Two large crops of 8 x 8 pixels, two small ones of 4 x 4."""
        images, generator = self.images(samples, seed), np.random.default_rng(seed + 1)
        large = [images + generator.normal(0, 0.1, images.shape).astype(np.float32) for _ in range(2)]
        small = [images[:, 4 * i :][:, :4, :4] for i in range(2)]
        return ((*large, *small),)

    def losses_of(self, objective, crops):
        return objective.example_losses(crops, objective(crops, training=True)).numpy()

    def test_large_crops_small_crops_and_samples_may_be_permuted(self):
        objective = self.seeded()
        (crops,) = self.inputs(6)
        losses = self.losses_of(objective, crops)
        assert losses.shape == (6,)
        swapped = self.losses_of(objective, [crops[place] for place in (1, 0, 3, 2)])
        np.testing.assert_allclose(swapped, losses, rtol=1e-4, atol=1e-5)
        order = np.random.default_rng(0).permutation(6)
        permuted = self.losses_of(objective, [crop[order] for crop in crops])
        np.testing.assert_allclose(permuted, losses[order], rtol=1e-4, atol=1e-5)
        mixed = self.losses_of(objective, [crops[place] for place in (0, 2, 1, 3)])
        assert np.abs(mixed - losses).max() > 1e-4

    def test_small_crops_are_resized_for_an_encoder_of_one_size(self):
        objective = self.seeded()
        (crops,) = self.inputs(6)
        resized = [*crops[:2], *(np.array(keras.ops.image.resize(crop, (8, 8))) for crop in crops[2:])]
        np.testing.assert_allclose(self.losses_of(objective, crops), self.losses_of(objective, resized), atol=1e-5)

    def test_an_encoder_of_every_size_gets_small_crops_as_they_are(self):
        inputs, seen = keras.Input((None, None, 1)), []

        @keras.saving.register_keras_serializable("tests")
        class Look(keras.layers.Layer):
            def call(self, images):
                seen.append(tuple(images.shape[1:3]))
                return images

        outputs = keras.layers.GlobalAveragePooling2D()(keras.layers.Conv2D(6, 3)(Look()(inputs)))
        objective = type(self.make())(keras.Model(inputs, outputs), projection=(8, 4), prototypes=5)
        (crops,) = self.inputs(6)
        seen.clear()
        assert np.isfinite(self.losses_of(objective, crops)).all()
        assert set(seen) == {(8, 8), (4, 4)} and seen.count((4, 4)) == 1

    def test_prototypes_may_rest_at_first(self):
        objective = self.make(frozen_steps=2)
        objective.compile(keras.optimizers.AdamW(0.01, weight_decay=0.1, gradient_accumulation_steps=2))
        (crops,) = self.inputs(4)
        kernel = objective.prototype_layer.kernel
        before, encoder = kernel.numpy(), objective.encoder.layers[1].kernel.numpy()
        for step in range(5):
            objective.train_on_batch(crops)
            np.testing.assert_array_equal(kernel, before, err_msg=f"batch {step}")
        assert np.abs(objective.encoder.layers[1].kernel.numpy() - encoder).max() > 1e-4
        objective.train_on_batch(crops)
        assert np.abs(kernel.numpy() - before).max() > 1e-4

    @pytest.mark.parametrize("policy", ["float32", "mixed_float16"])
    def test_collapsed_embeddings_stay_finite(self, policy):
        keras.config.set_dtype_policy(policy)
        try:
            objective = self.make_cold()
        finally:
            keras.config.set_dtype_policy("float32")
        objective.compile(keras.optimizers.Adam(1e-2))
        crops = tuple(np.ones((8, side, side, 1), np.float32) for side in (8, 8, 4, 4))
        for _ in range(3):
            assert np.isfinite(objective.train_on_batch(crops))
        assert all(np.isfinite(value).all() for value in objective.get_weights())

    def test_wrong_crops_are_named(self):
        objective = self.seeded()
        (crops,) = self.inputs(4)
        with pytest.raises(ValueError, match=r"tuple of at least 2 views.*data\.multi_crop.*Received: one tensor"):
            objective.fit(crops[0], verbose=0)
        with pytest.raises(ValueError, match="Received: 1 views"):
            objective((crops[0],))
        with pytest.raises(ValueError, match=r"tiny takes samples of shape \(8, 8, 1\).*shape \(4, 8, 8, 3\)"):
            objective((crops[0], np.ones((4, 8, 8, 3), np.float32)))

    def test_feature_map_is_named(self):
        inputs = keras.Input((8, 8, 1))
        encoder = keras.Model(inputs, keras.layers.Conv2D(3, 3)(inputs), name="map")
        with pytest.raises(ValueError, match="one vector a sample.*map"):
            type(self.make())(encoder)

    @pytest.mark.parametrize("arguments", [{"global_crops": 0}, {"frozen_steps": -1}, {"temperature": 0.0}])
    def test_numbers_out_of_range_are_named(self, arguments):
        ((name, value),) = arguments.items()
        with pytest.raises(ValueError, match=f"`{name}` must be.*Received: {name}={value}"):
            self.make(**arguments)
