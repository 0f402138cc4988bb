import numpy as np
import pytest

from keras_transfer.objectives import ELECTRA
from tests.objectives.token_case import VOCABULARY, TokenCase


class TestELECTRA(TokenCase):
    learning_steps, learning_rate = 100, 1e-2

    def make(self):
        return ELECTRA(self.encoder(), 4, range(5), length=12, generator=(1, 2, 4), mask_ratio=0.3)

    def inputs(self, samples, seed=0):
        # Rows that count up from anywhere: of random tokens there would be nothing to learn but the rows by heart.
        batch = self.packed(samples, seed)
        counted = batch["token_ids"][:, :1] + np.arange(batch["token_ids"].shape[1])
        token_ids = np.where(batch["documents"] > 0, 5 + counted % (VOCABULARY - 5), 0).astype(np.int32)
        return ({**batch, "token_ids": token_ids},)

    def test_loss_is_both_means(self):
        objective = self.seeded()
        batch = self.packed(6)
        outputs = {key: value.numpy() for key, value in objective(batch, training=False).items()}
        scores = objective.logits(outputs["hidden"], objective.bias).numpy().astype(np.float64)
        generator = [
            np.log(np.exp(row).sum()) - row[target]
            for row, target in zip(scores.reshape(-1, VOCABULARY), outputs["targets"].ravel(), strict=True)
            if target >= 0
        ]
        judged = [
            -np.log(1 / (1 + np.exp(-score if replaced else score)))
            for score, replaced, document in zip(
                outputs["scores"].ravel(), outputs["replaced"].ravel(), batch["documents"].ravel(), strict=True
            )
            if document > 0
        ]
        results = objective.evaluate(batch, batch_size=6, verbose=0, return_dict=True)
        assert results["loss"] == pytest.approx(np.mean(generator) + 50 * np.mean(judged), rel=1e-4)
        assert results["perplexity"] == pytest.approx(np.exp(np.mean(generator)), rel=1e-4)

    def test_only_hidden_tokens_are_replaced_and_never_by_special_ones(self):
        objective = self.seeded()
        batch = self.packed(200)
        replaced = objective(batch, training=True)["replaced"].numpy()
        assert 0.1 < replaced[batch["documents"] > 0].mean() < 0.35
        assert not replaced[batch["documents"] == 0].any()

    def test_draws_follow_the_softmax(self):
        objective = self.seeded()
        objective.bias.assign(np.linspace(-1, 2, VOCABULARY))
        hidden = np.zeros((4000, 2, 8), np.float32)
        seeds = np.random.default_rng(0).integers(0, 2**31, (4000, 2)).astype(np.int32)
        drawn = np.bincount(objective.draw(hidden, seeds).numpy().ravel(), minlength=VOCABULARY) / 8000
        expected = np.exp(np.linspace(-1, 2, VOCABULARY)) * (np.arange(VOCABULARY) >= 5)
        np.testing.assert_allclose(drawn, expected / expected.sum(), atol=0.02)
        assert not drawn[:5].any()

    def test_the_generator_shares_the_embeddings_after_loading(self, tmp_path):
        import keras

        objective = self.seeded()
        objective.save(tmp_path / "electra.keras")
        loaded = keras.saving.load_model(tmp_path / "electra.keras")
        assert len(loaded.trainable_variables) == len(objective.trainable_variables)
        tables = [variable for variable in loaded.weights if tuple(variable.shape) == (VOCABULARY, 8)]
        assert len(tables) == 1

    def test_generator_that_does_not_divide_is_named(self):
        with pytest.raises(ValueError, match=r"heads dividing width. Received: \(1, 3, 4\)"):
            ELECTRA(self.encoder(), 4, range(5), length=12, generator=(1, 3, 4))
