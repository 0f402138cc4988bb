import keras_nlp
import numpy as np
import pytest

from keras_transfer.generation import make_sampler


class TestMakeSampler:
    def test_top_p_and_top_k_leave_the_unlikely_out(self):
        probabilities = np.full((200, 100), 1e-9, np.float32)
        probabilities[:, :3] = [0.6, 0.35, 0.05]
        top_p = make_sampler("top_p", seed=0).get_next_token(probabilities)
        assert set(np.array(top_p)) == {0, 1}
        flat = np.tile(np.linspace(1, 0.01, 100, dtype="float32"), (500, 1))
        top_k = np.array(make_sampler("top_k", seed=0).get_next_token(flat / flat.sum(axis=1, keepdims=True)))
        assert top_k.max() == 39

    def test_a_sampler_of_ones_own_stays(self):
        own = keras_nlp.samplers.TopKSampler(k=3)
        assert make_sampler(own) is own

    def test_bad_input_is_named(self):
        with pytest.raises(ValueError, match="greedy, random, top_k, top_p, beam.*'best'"):
            make_sampler("best")
        with pytest.raises(ValueError, match="temperature=0"):
            make_sampler("random", temperature=0)
