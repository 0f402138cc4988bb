import keras
import numpy as np
import pytest

from keras_transfer.data import TextTokenizer
from keras_transfer.encoders import sentence_encoder, text_transformer
from keras_transfer.evaluation import Retrieval, compare, search_baseline, verdict
from keras_transfer.finetuning import Budget

TOKENIZER = TextTokenizer("bytes")
# What belongs together has nothing in common; one answer belongs to two questions.
PAIRS = [("aa", "1"), ("bb", "2"), ("cc", "3"), ("dd", "4"), ("ee", "5"), ("ff", "5")]


def encoder():
    keras.utils.set_random_seed(0)
    return sentence_encoder(text_transformer(TOKENIZER.vocabulary_size, 4, 1, 2, 16, dropout=0.0), 4)


class TestRetrieval:
    def test_learns_what_no_word_tells(self):
        task = Retrieval(ks=(1, 2))
        x, y = task.rows(TOKENIZER, PAIRS, 4)
        old_way = search_baseline([text for pair in PAIRS for text in pair], PAIRS)
        found = compare(
            encoder(),
            (x, y),
            (x, y),
            recipe="full",
            epochs=60,
            budgets=dict.fromkeys(("scratch", "finetuned"), Budget(1e-2, 60)),
            baselines={"TF-IDF": old_way},
            seeds=1,
            task=task,
            batch_size=6,
        )["test"]
        assert list(found) == ["majority", "TF-IDF", "scratch", "finetuned"]
        # By chance: one of five answers for six questions; and two questions in six for one of the answers.
        assert found["majority"]["recall_at_1"]["mean"] == pytest.approx((1 / 5 + (4 / 6 + 2 / 6) / 5) / 2)
        assert found["TF-IDF"]["recall_at_1"]["mean"] < 0.5
        assert found["finetuned"]["recall_at_1"]["mean"] == 1
        assert "TF-IDF, without a network, is behind" in verdict(found)

    def test_a_search_by_words_finds_what_shares_them(self):
        pairs = [("the red cat", "a red cat sat"), ("a blue sea", "the sea is blue")]
        assert search_baseline([text for pair in pairs for text in pair], pairs)(0).argmax(axis=1).tolist() == [0, 1]

    def test_the_encoder_is_a_copy_that_comes_back(self):
        task, own = Retrieval(), encoder()
        model = task.network(own)
        x, _ = task.rows(TOKENIZER, PAIRS, 4)
        inner = task.encoder_of(model)
        assert inner is not own
        np.testing.assert_allclose(model(x)[:, 1], inner(x[:, 1]), atol=1e-6)

    def test_what_does_not_fit_is_named(self):
        x, y = Retrieval().rows(TOKENIZER, PAIRS, 4)
        with pytest.raises(ValueError, match=r"\(6, 2, 4\) and \(6,\)"):
            Retrieval().check(None, x, y[:, 0])
