"""The contract of objectives on two views of each sample, as tests to inherit."""

import keras
import numpy as np
import pytest

from tests.objectives.objective_case import ObjectiveCase


class TwoViewCase(ObjectiveCase):
    """`ObjectiveCase`, and what holds for two views."""

    # Whether both views play the same part.
    symmetric = True

    def inputs(self, samples, seed=0):
        return self.two_views(samples, seed)

    def losses_of(self, objective, views, labels=None):
        return objective.example_losses(None, objective(views, training=True), labels).numpy()

    def test_views_may_be_swapped_and_samples_permuted(self):
        objective = self.seeded()
        (first, second), *labels = self.inputs(6)
        losses = self.losses_of(objective, (first, second), *labels)
        assert losses.shape == (6,)
        if self.symmetric:
            swapped = self.losses_of(objective, (second, first), *labels)
            np.testing.assert_allclose(swapped, losses, rtol=1e-4, atol=1e-5)
        order = np.random.default_rng(0).permutation(6)
        permuted = self.losses_of(objective, (first[order], second[order]), *(label[order] for label in labels))
        np.testing.assert_allclose(permuted, losses[order], rtol=1e-4, atol=1e-5)

    def test_collapsed_embeddings_stay_finite(self):
        objective = self.seeded(keras.optimizers.Adam(1e-2))
        _, *labels = self.inputs(8)
        image = np.ones((8, 8, 8, 1), np.float32)
        for _ in range(3):
            assert np.isfinite(objective.train_on_batch((image, image), *labels))
        assert all(np.isfinite(value).all() for value in objective.get_weights())

    def test_one_tensor_is_named(self):
        objective = self.seeded()
        (first, _), *labels = self.inputs(4)
        with pytest.raises(ValueError, match="tuple of 2 views"):
            objective.fit(first, *labels, verbose=0)

    def test_feature_map_is_named(self):
        inputs = keras.Input((8, 8, 1))
        encoder = keras.Model(inputs, keras.layers.Conv2D(3, 3)(inputs), name="map")
        with pytest.raises(ValueError, match="one vector a sample.*map"):
            type(self.make())(encoder)
