import keras_nlp
import numpy as np
import pytest
import tensorflow as tf

from keras_transfer.generation import generate, language_model
from keras_transfer.objectives.teacher_forcing import teacher_forced
from tests.generation.small_models import LENGTH, TOKENIZER
from tests.generation.small_seq2seq import slow_greedy, small_seq2seq

TEXTS = ["abc", "hello", "", "a longer one"]

# keras-hub 0.32 says this whenever it builds a T5Backbone.
pytestmark = pytest.mark.filterwarnings("ignore:.*does not support masking and will therefore destroy:UserWarning")


class TestGenerateFromSources:
    @pytest.mark.parametrize("kind", ["bart", "t5"])
    def test_the_cache_changes_nothing(self, kind):
        model = small_seq2seq(kind)
        expected = [slow_greedy(model, text, LENGTH) for text in TEXTS]
        assert len(set(expected)) > 2
        writer = language_model(model.encoder)
        settings = dict(length=LENGTH, begin=model.start_id)
        assert generate(writer, TOKENIZER, TEXTS, sampler="greedy", **settings) == expected
        assert generate(writer, TOKENIZER, TEXTS[1], sampler="greedy", **settings) == expected[1]
        one_beam = keras_nlp.samplers.BeamSampler(num_beams=1)
        assert generate(writer, TOKENIZER, TEXTS, sampler=one_beam, **settings) == expected
        drawn = [generate(writer, TOKENIZER, TEXTS, sampler="top_p", seed=seed, **settings) for seed in (1, 1, 2)]
        assert drawn[0] == drawn[1] != drawn[2]

    def test_begins_as_in_training_and_reads_as_much_as_is_asked(self):
        model = small_seq2seq("t5")
        # T5's decoder begins with padding; the objective says so, and so does the backbone.
        written = generate(model, TOKENIZER, TEXTS, 8, "greedy")
        assert written == generate(model.encoder, TOKENIZER, TEXTS, 8, "greedy")
        assert written != generate(model, TOKENIZER, TEXTS, 8, "greedy", begin=TOKENIZER.start_id)
        short = generate(model, TOKENIZER, ["hello there"], 8, "greedy", source_length=7)
        assert short == generate(model, TOKENIZER, ["hello"], 8, "greedy")
        assert generate(model, TOKENIZER, TEXTS, 8, "greedy", batch_size=3) == written

    def test_scores_are_those_it_was_trained_by(self):
        model, tokens = small_seq2seq("t5"), np.arange(5, 13)[None]
        read = tf.constant([[7, 8, 9, -1]])
        hidden = teacher_forced(model.encoder, read, tf.constant(tokens), model.start_id)
        rows = {"encoder_token_ids": np.array([[7, 8, 9, 0]]), "encoder_padding_mask": np.array([[1, 1, 1, 0]])}
        rows["decoder_token_ids"] = np.array([[model.start_id, *tokens[0, :-1]]])
        rows["decoder_padding_mask"] = np.ones_like(tokens)
        np.testing.assert_allclose(model.logits(hidden), language_model(model.encoder)(rows), rtol=1e-4, atol=1e-4)

    def test_what_does_not_fit_is_named(self):
        model = small_seq2seq()
        for settings in ({"length": LENGTH + 1}, {"length": 8, "source_length": LENGTH + 1}):
            with pytest.raises(ValueError, match=f"`{list(settings)[-1]}` must be at most {LENGTH}"):
                generate(model, TOKENIZER, "a", **settings)
