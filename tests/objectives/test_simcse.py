import keras_nlp
import numpy as np
import pytest

from keras_transfer.objectives import SimCSE
from tests.objectives.token_case import TokenCase


class TestSimCSE(TokenCase):
    def make(self):
        return SimCSE(self.encoder(), temperature=0.5)

    def sentences(self, samples, seed=0):
        rows = self.packed(samples, seed)
        return {"token_ids": rows["token_ids"], "padding_mask": (rows["documents"] > 0).astype(np.int32)}

    def inputs(self, samples, seed=0):
        """Triples: random dropout would differ between replicas."""
        return (tuple(self.sentences(samples, 3 * seed + part) for part in range(3)),)

    def test_supervised_is_the_papers(self):
        objective = self.seeded()
        ((first, second, opposite),) = self.inputs(5)
        views = [np.asarray(view, np.float64) for view in objective((first, second, opposite))]
        a, b, c = (view / np.linalg.norm(view, axis=1, keepdims=True) for view in views)
        losses = []
        for i in range(5):
            below = sum(np.exp(a[i] @ b[j] / 0.5) + np.exp(a[i] @ c[j] / 0.5) for j in range(5))
            losses.append(-np.log(np.exp(a[i] @ b[i] / 0.5) / below))
        loss = objective.evaluate(self.dataset(5, 5), verbose=0, return_dict=True)["loss"]
        assert loss == pytest.approx(np.mean(losses), rel=1e-5)

    def test_dropout_makes_the_two_views(self):
        objective = SimCSE(self.encoder(dropout=0.2))
        first, second = objective(self.sentences(6), training=True)
        assert np.abs(first - second).max() > 1e-3
        first, second = objective(self.sentences(6), training=False)
        np.testing.assert_allclose(first, second, atol=1e-6)

    def test_encoder_without_dropout_is_named(self):
        with pytest.raises(ValueError, match="tiny has none: build it with dropout=0.1"):
            self.make()(self.sentences(4))

    @pytest.mark.parametrize("pool", ["start", "mean"])
    def test_padding_has_no_say(self, pool):
        objective = SimCSE(self.encoder(), pool=pool)
        rows = self.sentences(4)
        longer = {key: np.pad(value, [[0, 0], [0, 3]]) for key, value in rows.items()}
        np.testing.assert_allclose(objective.sentences(rows), objective.sentences(longer), atol=1e-5)

    def test_trains_bert_on_sentences_alone(self):
        objective = SimCSE(keras_nlp.models.BertBackbone(20, 1, 2, 8, 16, dropout=0.1, max_sequence_length=12))
        objective.compile("sgd")
        before = objective.get_weights()
        objective.fit(self.sentences(8), batch_size=8, verbose=0)
        assert any((one != other).any() for one, other in zip(before, objective.get_weights(), strict=True))

    def test_unknown_pool_is_named(self):
        with pytest.raises(ValueError, match="pool='max'"):
            SimCSE(self.encoder(), pool="max")

    def test_packed_rows_are_named(self):
        with pytest.raises(ValueError, match="packed `documents`"):
            self.make().sentences(self.packed(2))
