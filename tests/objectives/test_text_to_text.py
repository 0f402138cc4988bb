import keras
import keras_nlp
import numpy as np
import pytest

from keras_transfer.objectives import TextToText
from tests.objectives.token_case import VOCABULARY, TokenCase
from tests.replicas import mirrored


def rows(samples, seed=0, length=9):
    """Start, tokens, end, padding: sources, and targets of uneven lengths."""
    random, found = np.random.default_rng(seed), np.zeros((samples, 2, length), np.int32)
    for row in found.reshape(-1, length):
        size = random.integers(1, length - 2)
        row[0], row[1 : 1 + size], row[1 + size] = 2, random.integers(5, VOCABULARY, size), 3
    return found


def make():
    keras.utils.set_random_seed(0)
    backbone = keras_nlp.models.BartBackbone(VOCABULARY, 1, 2, 8, 16, dropout=0.0, max_sequence_length=12)
    objective = TextToText(backbone, start_id=2)
    objective.compile(keras.optimizers.SGD(0.1))
    return objective


class TestTextToText:
    def test_loss_is_the_mean_over_the_tokens_of_all_targets(self):
        objective, pairs = make(), rows(5)
        nats = []
        for source, target in pairs:
            source, target = source[source > 0], target[target > 0]  # no padding at all
            for place, token in enumerate(target):
                read = {
                    "encoder_token_ids": source[None],
                    "encoder_padding_mask": np.ones_like(source[None]),
                    "decoder_token_ids": np.array([[2, *target[:place]]]),
                    "decoder_padding_mask": np.ones((1, place + 1), np.int32),
                }
                scores = objective.logits(objective.encoder(read)["decoder_sequence_output"][0, -1:]).numpy()[0]
                nats.append(np.log(np.exp(scores.astype(np.float64)).sum()) - scores[token])
        found = objective.evaluate(pairs, batch_size=5, verbose=0, return_dict=True)["loss"]
        assert found == pytest.approx(np.mean(nats), rel=1e-4)

    def test_replicas_learn_what_one_device_does(self, tmp_path):
        pairs, alone = rows(8), make()
        alone.fit(pairs, batch_size=8, verbose=0)
        with mirrored(2).scope():
            together = make()
        together.fit(pairs, batch_size=8, verbose=0)
        for one, other in zip(alone.get_weights(), together.get_weights(), strict=True):
            np.testing.assert_allclose(one, other, atol=1e-5)
        alone.save(tmp_path / "model.keras")
        loaded = keras.saving.load_model(tmp_path / "model.keras")
        np.testing.assert_allclose(loaded(pairs)["hidden"], alone(pairs)["hidden"], atol=1e-6)

    def test_what_does_not_fit_is_named(self):
        with pytest.raises(ValueError, match=r"\(batch, 2, length\). Received shape: \(5, 9\)"):
            make()(rows(5)[:, 0])
        with pytest.raises(ValueError, match="needs an encoder with a decoder.*tiny with"):
            TextToText(TokenCase().encoder(), 2)
