import keras
import numpy as np
import pytest
import tensorflow as tf

from keras_transfer.objectives import MaskedLM
from keras_transfer.objectives.mask_tokens import mask_tokens
from tests.objectives.token_case import VOCABULARY, TokenCase

SPECIAL = np.arange(VOCABULARY) < 5
DRAWABLE = np.arange(5, VOCABULARY, dtype=np.int32)
# Tokens from 12 up continue a word.
WORD_STARTS = np.arange(VOCABULARY) < 12


def rows(samples=400, length=40, seed=0):
    generator = np.random.default_rng(seed)
    tokens = generator.integers(0, VOCABULARY, (samples, length)).astype(np.int32)
    documents = np.ones_like(tokens)
    for row in documents:
        row[generator.integers(1, length + 1) :] = 0
        row[: generator.integers(0, 5)] = 2
    return {"token_ids": tf.constant(tokens), "documents": tf.constant(documents)}


def masked(batch, ratio=0.15, seed=0, **keywords):
    seeds = np.random.default_rng(seed).integers(-(2**31), 2**31, (len(batch["token_ids"]), 2)).astype(np.int32)
    results = mask_tokens(batch, seeds, ratio, SPECIAL, DRAWABLE, 4, **keywords)
    return [result.numpy() for result in results]


def chosen_of(batch, positions, targets):
    """Booleans of shape `(batch, length)`."""
    chosen = np.zeros(batch["token_ids"].shape, bool)
    for row, places, wanted in zip(chosen, positions, targets, strict=True):
        row[places[wanted >= 0]] = True
    return chosen


def units_of(tokens, documents):
    """Words of one row in plain loops: lists of positions; special tokens and padding belong to none."""
    words, previous = [], None
    for place, (token, document) in enumerate(zip(tokens, documents, strict=True)):
        if document == 0 or SPECIAL[token]:
            previous = None
            continue
        if previous != document or WORD_STARTS[token]:
            words.append([])
        words[-1].append(place)
        previous = document
    return words


class TestMaskTokens:
    @pytest.mark.parametrize(
        "keywords",
        [{}, {"word_starts": WORD_STARTS}, {"span_length": 3.8}, {"word_starts": WORD_STARTS, "span_length": 2}],
    )
    def test_neither_special_tokens_nor_padding_are_hidden_or_drawn(self, keywords):
        batch = rows()
        hidden, positions, targets = masked(batch, **keywords)
        tokens = batch["token_ids"].numpy()
        chosen = chosen_of(batch, positions, targets)
        candidates = (batch["documents"].numpy() > 0) & ~SPECIAL[tokens]
        assert not chosen[~candidates].any()
        np.testing.assert_array_equal(hidden[~chosen], tokens[~chosen])
        assert not SPECIAL[hidden[chosen & (hidden != 4)]].any()
        for row, places, wanted in zip(tokens, positions, targets, strict=True):
            np.testing.assert_array_equal(row[places][wanted >= 0], wanted[wanted >= 0])
        # Each row that has anything to hide hides something.
        np.testing.assert_array_equal(chosen.any(axis=1), candidates.any(axis=1))

    def test_shares(self):
        batch = rows(2000)
        hidden, positions, targets = masked(batch)
        chosen = chosen_of(batch, positions, targets)
        tokens = batch["token_ids"].numpy()
        candidates = ((batch["documents"].numpy() > 0) & ~SPECIAL[tokens]).sum(axis=1)
        expected = np.where(
            candidates > 0, np.maximum(1, np.round(np.float32(0.15) * candidates.astype(np.float32))), 0
        )
        np.testing.assert_array_equal(chosen.sum(axis=1), expected)
        shown, stood = hidden[chosen], tokens[chosen]
        assert (shown == 4).mean() == pytest.approx(0.8, abs=0.03)
        # A drawn token is the same as the old one once in 15.
        assert (shown == stood).mean() == pytest.approx(0.1 + 0.1 / 15, abs=0.03)
        drawn = np.bincount(shown[(shown != 4) & (shown != stood)], minlength=VOCABULARY)
        assert (drawn[DRAWABLE] > 0).all()

    def test_words_are_hidden_whole(self):
        batch = rows()
        _, positions, targets = masked(batch, word_starts=WORD_STARTS)
        chosen = chosen_of(batch, positions, targets)
        cut = 0
        for tokens, documents, row in zip(*(value.numpy() for value in batch.values()), chosen, strict=True):
            cut += sum(0 < row[word].sum() < len(word) for word in units_of(tokens, documents))
        # Only a word longer than the places kept for it may be cut: hardly ever.
        assert cut <= 1

    def test_spans_are_longer_than_tokens(self):
        batch = {"token_ids": tf.fill([300, 100], 7), "documents": tf.ones([300, 100], tf.int32)}

        def runs(**keywords):
            _, positions, targets = masked(batch, **keywords)
            chosen = chosen_of(batch, positions, targets).astype(int)
            return chosen.sum() / (np.diff(chosen, axis=1, prepend=0) == 1).sum()

        assert runs() == pytest.approx(1 / 0.85, abs=0.05)
        assert runs(span_length=4.0) > 3

    def test_a_row_depends_on_its_own_seed_alone(self):
        batch = rows(8)
        seeds = np.arange(16, dtype=np.int32).reshape(8, 2)
        whole = mask_tokens(batch, seeds, 0.15, SPECIAL, DRAWABLE, 4)
        part = mask_tokens({key: value[3:5] for key, value in batch.items()}, seeds[3:5], 0.15, SPECIAL, DRAWABLE, 4)
        for one, other in zip(whole, part, strict=True):
            np.testing.assert_array_equal(one[3:5], other)


class TestMaskedLM(TokenCase):
    learning_steps, learning_rate = 60, 1e-2

    def make(self):
        return MaskedLM(self.encoder(), 4, range(5), mask_ratio=0.3)

    def inputs(self, samples, seed=0):
        return (self.packed(samples, seed),)

    def test_loss_is_the_mean_over_hidden_tokens(self):
        objective = self.seeded()
        batch = self.packed(6)
        token_ids, positions, targets = (part.numpy() for part in objective.mask(objective.rows(batch), fresh=False))
        scores = objective.fill({**batch, "token_ids": token_ids}).numpy().astype(np.float64)
        nats = []
        for row, places, wanted in zip(scores, positions, targets, strict=True):
            for place, target in zip(places, wanted, strict=True):
                if target >= 0:
                    nats.append(np.log(np.exp(row[place]).sum()) - row[place][target])
        results = objective.evaluate(batch, batch_size=6, verbose=0, return_dict=True)
        assert results["loss"] == pytest.approx(np.mean(nats), rel=1e-5)
        assert results["perplexity"] == pytest.approx(np.exp(np.mean(nats)), rel=1e-5)

    def test_hides_anew_in_training_and_the_same_in_evaluation(self):
        objective = self.seeded()
        batch = objective.rows(self.packed(6))
        first, second = (objective.mask(batch, fresh=True)[1].numpy() for _ in range(2))
        assert (first != second).any()
        np.testing.assert_array_equal(*(objective.mask(batch, fresh=False)[1] for _ in range(2)))

    def test_trains_bert(self):
        objective = MaskedLM(self.bert(), 4, range(5), word_starts=WORD_STARTS)
        objective.compile(keras.optimizers.Adam(1e-2))
        batch = self.packed(8)
        batch = {"token_ids": batch["token_ids"], "padding_mask": (batch["documents"] > 0).astype(np.int32)}
        losses = objective.fit(batch, epochs=30, verbose=0).history["loss"]
        assert np.mean(losses[-5:]) < 0.95 * np.mean(losses[:5])

    @pytest.mark.parametrize(
        ("change", "message"),
        [
            ({"mask_ratio": 0}, "mask_ratio=0"),
            ({"span_length": 0.5}, "span_length=0.5"),
            ({"mask_id": 20}, r"0 to 19. Received: \[0, 1, 20\]"),
            ({"special_ids": range(20)}, "Every one of the 20 tokens is special"),
            ({"word_starts": [True]}, "Received: 1 values"),
        ],
    )
    def test_what_does_not_fit_is_named(self, change, message):
        with pytest.raises(ValueError, match=message):
            MaskedLM(self.encoder(), **{"mask_id": 4, "special_ids": [0, 1], **change})
