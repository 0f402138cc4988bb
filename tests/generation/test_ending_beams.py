import keras_nlp
import numpy as np
from scipy.special import log_softmax

from keras_transfer.generation import EndingBeams, generate
from tests.generation.small_models import TOKENIZER
from tests.generation.small_seq2seq import scores_after, small_seq2seq


def slow_beams(model, text, length, width):
    """The likeliest rows; those that have ended wait for the others."""
    beams = [(0.0, [model.start_id])]
    while any(len(row) < length and not ended(row) for _, row in beams):
        candidates = []
        for value, row in beams:
            if ended(row):
                candidates.append((value, row))
                continue
            chances = log_softmax(scores_after(model, text, [row])[0].astype(np.float64))
            candidates += [(value + chance, [*row, token]) for token, chance in enumerate(chances)]
        beams = sorted(candidates, key=lambda beam: -beam[0])[:width]
    return TOKENIZER.decode([token for token in beams[0][1] if token < TOKENIZER.vocabulary_size])


def ended(row):
    return TOKENIZER.end_id in row[1:]


class TestEndingBeams:
    def test_what_would_follow_the_end_does_not_count(self):
        model = small_seq2seq()
        # Make the end likely everywhere, but not the likeliest.
        norms = [layer for layer in model.encoder._flatten_layers() if layer.name.endswith("feedforward_layer_norm")]
        end = model.embeddings()[TOKENIZER.end_id]
        norms[-1].beta.assign(norms[-1].beta + 4.0 * end / np.linalg.norm(end))
        texts = ["abc", "hello", "b", "xyz"]
        expected = [slow_beams(model, text, 8, 3) for text in texts]
        assert any(len(text) < 5 for text in expected)
        assert generate(model, TOKENIZER, texts, 8, EndingBeams(num_beams=3)) == expected
        assert generate(model, TOKENIZER, texts, 8, keras_nlp.samplers.BeamSampler(num_beams=3)) != expected
