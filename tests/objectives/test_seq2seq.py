import itertools

import keras_nlp
import numpy as np
import pytest

from keras_transfer.objectives import DenoisingSeq2Seq, SpanCorruption
from tests.objectives.token_case import VOCABULARY, TokenCase

SPECIAL, SENTINELS = range(5), range(16, 20)


class Seq2SeqCase(TokenCase):
    learning_steps, learning_rate = 60, 1e-2

    def backbone(self):
        return keras_nlp.models.BartBackbone(VOCABULARY, 1, 2, 8, 16, dropout=0.0, max_sequence_length=24)

    def inputs(self, samples, seed=0):
        return (self.texts(samples, seed),)

    def texts(self, samples, seed=0, length=12):
        """Start, tokens, end, padding."""
        generator = np.random.default_rng(seed)
        rows = np.zeros((samples, length), np.int32)
        for row in rows:
            size = generator.integers(2, length - 1)
            row[0], row[1 : 1 + size], row[1 + size] = 2, generator.integers(5, 16, size), 3
        return {"token_ids": rows, "padding_mask": (rows > 0).astype(np.int32)}

    def corrupted(self, objective, batch):
        seeds = np.random.default_rng(0).integers(0, 2**31, (len(batch["token_ids"]), 2)).astype(np.int32)
        read, targets = objective.corrupt(objective.rows(batch), seeds)
        return [[row[row >= 0].tolist() for row in part.numpy()] for part in (read, targets)]

    def test_encoder_without_decoder_is_named(self):
        config = self.make().get_config()
        arguments = {key: config[key] for key in config if key not in ("encoder", "name", "trainable", "dtype")}
        with pytest.raises(ValueError, match="needs an encoder with a decoder.*tiny with"):
            type(self.make())(self.encoder(), **arguments)

    def test_loss_is_the_mean_over_targets(self):
        objective = self.seeded()
        batch = self.texts(5)
        outputs = objective(batch, training=False)
        scores = objective.logits(outputs["hidden"]).numpy().astype(np.float64).reshape(-1, VOCABULARY)
        nats = [
            np.log(np.exp(row).sum()) - row[target]
            for row, target in zip(scores, outputs["targets"].numpy().ravel(), strict=True)
            if target >= 0
        ]
        loss = objective.evaluate(batch, batch_size=5, verbose=0, return_dict=True)["loss"]
        assert loss == pytest.approx(np.mean(nats), rel=1e-4)


class TestSpanCorruption(Seq2SeqCase):
    def make(self):
        return SpanCorruption(self.backbone(), SENTINELS, SPECIAL, mask_ratio=0.3, span_length=2.0)

    def test_the_spans_fill_the_gaps(self):
        batch = self.texts(300)
        read, written = self.corrupted(self.make(), batch)
        shares = []
        for tokens, rest, targets in zip(batch["token_ids"], read, written, strict=True):
            spans, sentinel = {}, None
            for token in targets:
                if token in SENTINELS:
                    sentinel, spans[token] = token, []
                else:
                    spans[sentinel].append(token)
            # Sentinels come in their order; the last ends the text.
            assert list(spans) == list(SENTINELS)[: len(spans)]
            assert spans.pop(sentinel) == []
            assert all(spans.values())
            rebuilt = [token for place in rest for token in spans.get(place, [place])]
            assert rebuilt == tokens[tokens > 0].tolist()
            shares.append(sum(map(len, spans.values())) / (len(rebuilt) - 2))
        assert 0.25 < np.mean(shares) < 0.55

    def test_too_few_sentinels_leave_spans_alone(self):
        objective = SpanCorruption(self.backbone(), [18, 19], SPECIAL, mask_ratio=0.5, span_length=1.0)
        read, written = self.corrupted(objective, self.texts(50))
        assert max(row.count(18) for row in read) == 1
        assert not any(19 in row for row in read)
        assert all(row[-1] in (18, 19) for row in written)

    # keras-hub 0.32 says this whenever it builds a T5Backbone.
    @pytest.mark.filterwarnings("ignore:.*does not support masking and will therefore destroy:UserWarning")
    def test_trains_t5(self):
        objective = SpanCorruption(
            keras_nlp.models.T5Backbone(VOCABULARY, 1, 2, 8, 16, dropout=0.0), SENTINELS, SPECIAL
        )
        objective.compile("adam")
        assert np.isfinite(objective.fit(self.texts(8), verbose=0).history["loss"]).all()

    def test_one_sentinel_is_named(self):
        with pytest.raises(ValueError, match="at least 2 tokens"):
            SpanCorruption(self.backbone(), [19], SPECIAL)


class TestDenoisingSeq2Seq(Seq2SeqCase):
    def make(self):
        return DenoisingSeq2Seq(self.backbone(), mask_id=4, special_ids=SPECIAL, start_id=2)

    def test_one_mask_for_each_span(self):
        batch = self.texts(300)
        read, written = self.corrupted(self.make(), batch)
        for tokens, rest, targets in zip(batch["token_ids"], read, written, strict=True):
            assert targets == tokens[tokens > 0].tolist()
            assert 4 in rest
            assert not any(one == other == 4 for one, other in itertools.pairwise(rest))
            kept = iter(targets)
            # What is left stands in its order.
            assert all(token in kept for token in rest if token != 4)

    def test_sentences_change_places_whole(self):
        end = 5
        objective = DenoisingSeq2Seq(self.backbone(), 4, SPECIAL, 2, mask_ratio=0.01, sentence_ends=[end])
        text = [2, 6, 7, end, 8, 9, 10, end, 11, end, 3, 0]
        batch = {"token_ids": np.array([text] * 60), "padding_mask": np.array([[1] * 11 + [0]] * 60)}
        orders = set()
        for order in objective.shuffled(batch["token_ids"], batch["padding_mask"] > 0, np.arange(120).reshape(60, 2)):
            row = [text[place] for place in order.numpy()]
            assert (row[0], row[10:]) == (2, [3, 0])
            sentences = tuple(" ".join(map(str, row[1:10])).split(str(end)))
            assert sorted(part.strip() for part in sentences) == sorted(["", "6 7", "8 9 10", "11"])
            orders.add(sentences)
        assert len(orders) == 6

    @pytest.mark.parametrize("change", [{"mask_ratio": 1.0}, {"span_length": 0.5}])
    def test_numbers_out_of_range_are_named(self, change):
        with pytest.raises(ValueError, match="`mask_ratio` must be between 0 and 1"):
            DenoisingSeq2Seq(self.backbone(), 4, SPECIAL, 2, **change)
