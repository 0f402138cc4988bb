import keras
import keras_nlp
import numpy as np
import pytest

from keras_transfer.objectives import CausalLM
from tests.objectives.token_case import VOCABULARY, TokenCase
from tests.replicas import mirrored


class TestCausalLM(TokenCase):
    causal = True

    def make(self):
        return CausalLM(self.encoder(), token_bytes=[1] * VOCABULARY)

    def inputs(self, samples, seed=0):
        return (self.packed(samples, seed),)

    def mean_log_likelihood(self, objective, rows):
        """The mean over predicted tokens, each document of each row by itself and unpadded."""
        nats = []
        for tokens, documents in zip(rows["token_ids"], rows["documents"], strict=True):
            for number in set(documents) - {0}:
                document = tokens[documents == number][None]
                if document.shape[1] < 2:
                    continue
                logits = objective.logits(objective(document)).numpy()[0].astype(np.float64)
                for scores, target in zip(logits, document[0, 1:], strict=True):
                    nats.append(np.log(np.exp(scores).sum()) - scores[target])
        return np.mean(nats)

    def test_packed_documents_count_as_if_they_were_alone(self):
        objective = self.seeded()
        rows = self.packed(6, seed=4)
        results = objective.evaluate(rows, verbose=0, return_dict=True, batch_size=6)
        expected = self.mean_log_likelihood(objective, rows)
        assert results["loss"] == pytest.approx(expected, rel=1e-5)
        assert results["perplexity"] == pytest.approx(np.exp(expected), rel=1e-5)
        assert results["bits_per_byte"] == pytest.approx(expected / np.log(2), rel=1e-5)

    def test_replicas_with_uneven_counts_are_one_device(self):
        rows = self.packed(8)
        # The first replica's rows hold one token to predict each, the other's all: a mean of means would be far off.
        rows["documents"][:4, 2:] = 0
        rows["documents"][4:] = 1
        results, weights = [], []
        for strategy in (None, mirrored(2)):
            if strategy is None:
                objective = self.seeded()
            else:
                with strategy.scope():
                    objective = self.seeded()
            history = objective.fit(rows, batch_size=8, epochs=2, shuffle=False, verbose=0).history
            results.append([history["loss"], history["perplexity"]])
            weights.append(objective.get_weights())
        np.testing.assert_allclose(*results, rtol=1e-5)
        for one, other in zip(*weights, strict=True):
            np.testing.assert_allclose(one, other, atol=1e-6)

    def test_loss_of_an_epoch_is_over_tokens_not_batches(self):
        objective = self.seeded()
        rows = self.packed(6, seed=4)
        rows["documents"][:2, 2:] = 0
        whole = objective.evaluate(rows, batch_size=6, verbose=0)
        np.testing.assert_allclose(objective.evaluate(rows, batch_size=2, verbose=0), whole, rtol=1e-5)

    def test_sample_weights_weigh_tokens(self):
        objective = self.seeded()
        rows, weights = self.packed(4), np.array([1.0, 0.0, 2.0, 0.0])
        kept = {key: value[[0, 2, 2]] for key, value in rows.items()}
        # Keras drops weights that come without labels.
        weighed = objective.evaluate(rows, weights, sample_weight=weights, batch_size=4, verbose=0, return_dict=True)[
            "loss"
        ]
        assert weighed == pytest.approx(objective.evaluate(kept, batch_size=3, verbose=0, return_dict=True)["loss"])

    def test_smoothing_changes_the_loss_and_not_the_perplexity(self):
        rows, plain = self.packed(4), self.seeded()
        smoothed = CausalLM(plain.encoder, label_smoothing=0.2, z_loss=1e-2)
        smoothed.compile("sgd")
        one, other = (model.evaluate(rows, verbose=0, return_dict=True) for model in (plain, smoothed))
        assert one["perplexity"] == pytest.approx(other["perplexity"], rel=1e-5)
        assert one["loss"] != pytest.approx(other["loss"], rel=1e-3)

    @pytest.mark.parametrize(
        "backbone",
        [
            lambda: keras_nlp.models.GPT2Backbone(VOCABULARY, 1, 2, 8, 16, dropout=0.0, max_sequence_length=12),
            lambda: keras_nlp.models.LlamaBackbone(VOCABULARY, 1, 2, 8, 16, 1),
        ],
    )
    def test_trains_and_saves_backbones_of_keras_hub(self, backbone, tmp_path):
        objective = CausalLM(backbone())
        objective.compile(keras.optimizers.Adam(1e-2))
        tokens = np.tile(np.arange(9, dtype=np.int32), (8, 1))
        losses = objective.fit(tokens, epochs=10, verbose=0).history["loss"]
        assert losses[-1] < 0.8 * losses[0]
        objective.save(tmp_path / "lm.keras")
        loaded = keras.saving.load_model(tmp_path / "lm.keras")
        np.testing.assert_allclose(loaded(tokens), objective(tokens), atol=1e-6)

    def test_a_backbone_that_would_mix_packed_documents_is_named(self):
        backbone = keras_nlp.models.GPT2Backbone(VOCABULARY, 1, 2, 8, 16, max_sequence_length=12)
        objective = CausalLM(backbone)
        with pytest.raises(ValueError, match="no input `documents`"):
            objective(self.packed(2))

    def test_unknown_input_is_named(self):
        with pytest.raises(ValueError, match="Received a dict of: .*'mask'"):
            self.make()({"token_ids": np.ones((2, 4), int), "mask": np.ones((2, 4))})

    def test_encoder_of_one_vector_a_text_is_named(self):
        tokens = keras.Input((None,), dtype="int32")
        vectors = keras.layers.Embedding(5, 3, name="token_embedding")(tokens)
        pooled = keras.Model(tokens, keras.layers.GlobalAveragePooling1D()(vectors), name="pooled")
        with pytest.raises(ValueError, match=r"one vector a token.*pooled with output shape \(None, 3\)"):
            CausalLM(pooled)

    def test_encoder_without_named_embeddings_is_named(self):
        tokens = keras.Input((None,), dtype="int32")
        encoder = keras.Model(tokens, keras.layers.Embedding(5, 3, name="table")(tokens))
        with pytest.raises(ValueError, match="name that layer `token_embedding`.*'table'"):
            CausalLM(encoder)

    def test_an_encoder_of_your_own(self):
        tokens = keras.Input((None,), dtype="int32")
        encoder = keras.Model(tokens, keras.layers.Embedding(VOCABULARY, 3, name="token_embedding")(tokens))
        objective = CausalLM(encoder)
        objective.compile("sgd")
        loss = objective.evaluate(self.packed(4)["token_ids"], verbose=0, return_dict=True)["loss"]
        assert loss == pytest.approx(np.log(VOCABULARY), rel=0.05)

    def test_wrong_token_bytes_are_named(self):
        with pytest.raises(ValueError, match="each of the encoder's 20 tokens. Received: 3"):
            CausalLM(self.encoder(), token_bytes=[1, 2, 3])
