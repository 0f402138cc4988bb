import keras_nlp
import numpy as np
import pytest
import scipy.special

from keras_transfer.generation import generate, language_model
from tests.generation.small_models import LENGTH, TOKENIZER, scores_after, slow_greedy, small_model

PROMPTS = ["abc", "hello", ""]


class TestGenerate:
    @pytest.mark.parametrize("kind", ["ours", "gpt2", "llama"])
    def test_the_cache_changes_nothing(self, kind):
        model = small_model(kind)
        expected = [slow_greedy(model, prompt, LENGTH) for prompt in PROMPTS]
        assert len(set(expected)) == 3
        assert generate(model, TOKENIZER, PROMPTS, LENGTH, "greedy") == expected

    def test_beams_find_the_likeliest_row(self):
        """Two tokens behind a prompt, with as many beams as there are tokens: an exhaustive search."""
        model = small_model()
        row = [TOKENIZER.start_id, *TOKENIZER.encode(["ab"])[0]]
        size = TOKENIZER.vocabulary_size
        first = log_softmax(scores_after(model, [row]))
        both = first.T + log_softmax(scores_after(model, [[*row, token] for token in range(size)]))
        best = np.unravel_index(both.argmax(), both.shape)
        sampler = keras_nlp.samplers.BeamSampler(num_beams=size)
        text = generate(model, TOKENIZER, "ab", len(row) + 2, sampler)
        assert text == TOKENIZER.decode([*row, *best])

    def test_draws_follow_the_models_probabilities(self):
        model = language_model(small_model().encoder)
        prompts = ["ab"] * 400
        texts = generate(model, TOKENIZER, prompts, 4, "random", temperature=0.7, seed=1)
        assert texts == generate(model, TOKENIZER, prompts, 4, "random", temperature=0.7, seed=1)
        assert texts != generate(model, TOKENIZER, prompts, 4, "random", temperature=0.7, seed=2)
        row = [TOKENIZER.start_id, *TOKENIZER.encode(["ab"])[0]]
        probabilities = np.exp(log_softmax(scores_after(small_model(), [row]) / 0.7)[0])
        # Of ASCII: broken bytes look alike as text, and special tokens do not show.
        likeliest = int(np.argmax(probabilities[5:133])) + 5
        drawn = np.mean([text == TOKENIZER.decode([*row, likeliest]) for text in texts])
        assert abs(drawn - probabilities[likeliest]) < 4 * np.sqrt(0.25 / 400)

    def test_ends_with_the_end_token(self):
        model = small_model()
        # Make the end token the likeliest everywhere.
        model.encoder.get_layer("norm").beta.assign(10 * model.embeddings()[TOKENIZER.end_id])
        assert generate(model, TOKENIZER, PROMPTS, LENGTH, "greedy") == PROMPTS

    def test_what_does_not_fit_is_named(self):
        model = small_model()
        with pytest.raises(ValueError, match=r"prompts\[1\]` has 12 tokens"):
            generate(model, TOKENIZER, ["a", "hello world"], 12)
        with pytest.raises(ValueError, match=f"at most {LENGTH}"):
            generate(model, TOKENIZER, "a", LENGTH + 1)


def log_softmax(scores):
    return scores - scipy.special.logsumexp(scores.astype(np.float64), axis=1, keepdims=True)
