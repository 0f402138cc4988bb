"""The contract of objectives on images with texts, as tests to inherit."""

import keras
import numpy as np
import pytest

from keras_transfer.encoders import sentence_encoder, text_transformer
from tests.objectives.objective_case import ObjectiveCase


class ImageTextCase(ObjectiveCase):
    """`ObjectiveCase`, and what holds for images with texts."""

    kind, words = None, 6

    def make(self, **options):
        return self.kind(self.encoder(), self.text_encoder(), projection=5, **options)

    def text_encoder(self):
        """A mean over words: dropout would differ between replicas."""
        tokens = keras.Input((self.words,), dtype="int32")
        embed = keras.layers.Embedding(20, 8, keras.initializers.RandomNormal(stddev=1.0))
        vectors = keras.layers.GlobalAveragePooling1D()(embed(tokens))
        return keras.Model(tokens, keras.layers.Dense(7, activation="tanh")(vectors), name="words")

    def plain_encoder(self):
        """Without batch norm."""
        images = keras.Input((8, 8, 1))
        hidden = keras.layers.Conv2D(4, 3, activation="tanh")(images)
        return keras.Model(images, keras.layers.Dense(5)(keras.layers.Flatten()(hidden)), name="plain")

    def inputs(self, samples, seed=0):
        tokens = np.random.default_rng(seed + 7).integers(1, 20, (samples, self.words))
        return ((self.images(samples, seed), tokens.astype(np.int32)),)

    def unit_outputs(self, objective, pair):
        outputs = (np.asarray(one, np.float64) for one in objective(pair))
        return [one / np.linalg.norm(one, axis=1, keepdims=True) for one in outputs]

    def test_scale_is_learned_and_stays_at_100(self):
        objective = self.seeded(keras.optimizers.Adam(0.01))
        start = float(objective.scale())
        objective.train_on_batch(*self.inputs(8))
        assert float(objective.scale()) != start
        objective.log_scale.assign(np.log(99.9))
        objective.compile(keras.optimizers.SGD(-10.0))
        for _ in range(3):
            objective.train_on_batch(*self.inputs(8))
            assert float(objective.scale()) <= 100.001

    def test_embedders_give_unit_vectors_and_are_saved(self, tmp_path):
        objective, (pair,) = self.seeded(), self.inputs(5)
        expected = self.unit_outputs(objective, pair)
        embedders = objective.image_embedder(), objective.text_embedder()
        for embedder, samples, vectors in zip(embedders, pair, expected, strict=True):
            np.testing.assert_allclose(embedder.predict(samples, verbose=0), vectors, atol=1e-5)
            embedder.save(tmp_path / "embedder.keras")
            loaded = keras.saving.load_model(tmp_path / "embedder.keras")
            np.testing.assert_allclose(loaded.predict(samples, verbose=0), vectors, atol=1e-5)
        # The weights are shared: what is trained further is seen.
        objective.image_projector.kernel.assign(-objective.image_projector.kernel)
        np.testing.assert_allclose(embedders[0].predict(pair[0], verbose=0), -expected[0], atol=1e-5)

    def test_pairs_may_be_permuted(self):
        objective, (pair,) = self.seeded(), self.inputs(6)
        losses = objective.example_losses(None, objective(pair)).numpy()
        assert losses.shape == (6,)
        order = np.random.default_rng(0).permutation(6)
        permuted = objective.example_losses(None, objective(tuple(one[order] for one in pair))).numpy()
        np.testing.assert_allclose(permuted, losses[order], rtol=1e-4, atol=1e-5)

    def test_collapsed_embeddings_stay_finite(self):
        objective = self.seeded(keras.optimizers.Adam(1e-2))
        pair = np.ones((8, 8, 8, 1), np.float32), np.ones((8, self.words), np.int32)
        for _ in range(3):
            assert np.isfinite(objective.train_on_batch(pair))
        assert all(np.isfinite(value).all() for value in objective.get_weights())

    def test_gradient_cache_changes_nothing(self):
        def train(chunk):
            keras.utils.set_random_seed(3)
            objective = self.kind(self.plain_encoder(), self.text_encoder(), projection=5, gradient_cache=chunk)
            objective.compile(keras.optimizers.SGD(0.05))
            return [objective.train_on_batch(*self.inputs(8, step)) for step in range(2)], objective.get_weights()

        (losses, weights), (expected, plain) = train(3), train(None)
        np.testing.assert_allclose(losses, expected, rtol=1e-5)
        for one, other in zip(weights, plain, strict=True):
            np.testing.assert_allclose(one, other, atol=1e-5)

    def test_wrong_arguments_are_named(self):
        with pytest.raises(ValueError, match=r"\(\(images, texts\),\).*Received: one tensor"):
            self.make()(np.ones((4, 8, 8, 1), np.float32))
        with pytest.raises(ValueError, match="`text_encoder` must be built"):
            self.kind(self.encoder(), keras.Sequential([keras.layers.Dense(3)]))
        backbone = text_transformer(20, self.words, layers=1, heads=2, width=8)
        with pytest.raises(ValueError, match="one vector a text.*sentence_encoder.*text_transformer"):
            self.kind(self.encoder(), backbone)
        assert self.kind(self.encoder(), sentence_encoder(backbone, self.words)).text_projector.kernel.shape == (8, 128)
        with pytest.raises(ValueError, match="projection=0"):
            self.kind(self.encoder(), self.text_encoder(), projection=0)
        with pytest.raises(ValueError, match="statistics of the batch"):
            self.make(gradient_cache=4)
