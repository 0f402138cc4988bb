import numpy as np

from keras_transfer.generation import CachedTransformer
from tests.generation.small_models import LENGTH, TOKENIZER, small_model


class TestCachedTransformer:
    def test_scores_are_those_of_the_encoder(self):
        model = small_model()
        writer = CachedTransformer(model.encoder)
        tokens = np.random.default_rng(0).integers(0, TOKENIZER.vocabulary_size, (3, LENGTH)).astype(np.int32)
        expected = writer({"token_ids": tokens, "documents": np.ones_like(tokens)})
        cache = np.zeros((3, 3, 2, LENGTH, 2, 8), np.float32)
        scores, vectors, cache = writer.call_with_cache(tokens[:, :10], cache, 0)
        np.testing.assert_allclose(scores, expected[:, :10], atol=1e-4)
        for place in range(10, LENGTH):
            scores, vectors, cache = writer.call_with_cache(tokens[:, place : place + 1], cache, place)
            np.testing.assert_allclose(scores[:, 0], expected[:, place], atol=1e-4)
        np.testing.assert_allclose(
            vectors[:, 0],
            model.encode({"token_ids": tokens, "documents": np.ones_like(tokens)}, tokens)[:, -1],
            atol=1e-4,
        )
