import math

import keras
import numpy as np
import pytest

from keras_transfer.metrics import BitsPerByte, Perplexity


class TestPerplexity:
    def test_is_over_all_tokens_however_they_are_batched(self):
        generator = np.random.default_rng(0)
        nats, counted = generator.random(20), generator.random(20) < 0.6
        metric = Perplexity()
        for part in (slice(0, 3), slice(3, 17), slice(17, 20)):
            metric.update_state(nats[part], counted[part])
        expected = math.exp(sum(value for value, counts in zip(nats, counted, strict=True) if counts) / counted.sum())
        assert float(metric.result()) == pytest.approx(expected, rel=1e-5)

    def test_guessing_is_as_perplexed_as_the_vocabulary_is_large(self):
        metric = Perplexity()
        metric.update_state(np.full((2, 3), math.log(50)), np.ones((2, 3)))
        assert float(metric.result()) == pytest.approx(50, rel=1e-5)

    def test_of_nothing(self):
        assert float(Perplexity().result()) == 1


class TestBitsPerByte:
    def test_counts_the_bytes_of_what_was_predicted(self):
        metric = BitsPerByte([0, 1, 4])
        metric.update_state(np.log([2.0, 4.0, 8.0, 1e9]), np.array([0, 1, 2, -1]), np.array([1, 1, 1, 0]))
        assert float(metric.result()) == pytest.approx((1 + 2 + 3) / (0 + 1 + 4))

    def test_round_trip(self):
        copy = keras.saving.deserialize_keras_object(keras.saving.serialize_keras_object(BitsPerByte([0, 2])))
        assert copy.token_bytes == [0, 2]

    def test_negative_size_is_named(self):
        with pytest.raises(ValueError, match="token_bytes"):
            BitsPerByte([1, -1])
