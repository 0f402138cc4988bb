import functools

import numpy as np
import pytest

from keras_transfer.data import TextTokenizer, train_tokenizer

CORPUS = [
    "The cat sat on the mat, the dog sat on the log.",
    "Cats and dogs; mats and logs!\nthe end",
    "café naïve",
] * 20
CHINESE = ["我喜欢学习语言模型", "语言模型学习语言", "我们学习模型"] * 20
LOSSLESS = ("bpe", "unigram", "bytes")


@functools.cache
def trained(kind, lowercase=False):
    return train_tokenizer(CORPUS, kind, vocabulary_size=400 if kind in LOSSLESS else 90, lowercase=lowercase)


class TestTrainTokenizer:
    @pytest.mark.parametrize("kind", ["wordpiece", "bpe", "unigram", "characters", "bytes"])
    def test_special_tokens_come_first_and_from_no_text(self, kind):
        tokenizer = trained(kind)
        assert tokenizer.tokens[:5] == ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
        assert len(set(tokenizer.tokens)) == tokenizer.vocabulary_size
        spoken = np.concatenate(tokenizer.encode([*CORPUS, "[MASK] [SEP] [CLS] [PAD]"]))
        assert not set(spoken.tolist()) & {0, 2, 3, 4}
        assert spoken.max() < tokenizer.vocabulary_size

    @pytest.mark.parametrize("kind", LOSSLESS)
    @pytest.mark.parametrize("text", [CORPUS[0], "two\nlines  and spaces", "未见 \U0001f600 ñ", "UPPER"])
    def test_lossless_kinds_give_the_text_back(self, kind, text):
        tokenizer = trained(kind)
        (tokens,) = tokenizer.encode([text])
        assert tokenizer.decode(tokens) == text
        # SentencePiece sets a space before each text.
        assert tokenizer.token_bytes[tokens].sum() - len(text.encode()) == (0 if kind == "bytes" else 1)

    @pytest.mark.parametrize("kind", ["bpe", "unigram"])
    def test_chinese_words_need_no_spaces(self, kind):
        tokenizer = train_tokenizer(CHINESE, kind, vocabulary_size=290)
        (tokens,) = tokenizer.encode(["学习语言模型"])
        assert len(tokens) < 6
        assert tokenizer.decode(tokens) == "学习语言模型"

    def test_wordpiece_knows_where_words_begin(self):
        tokenizer = trained("wordpiece", lowercase=True)
        (tokens,) = tokenizer.encode(["The cat"])
        words = [tokenizer.tokens[token] for token in tokens if tokenizer.word_starts[token]]
        assert len(words) == 2
        assert all(not word.startswith("##") for word in words)
        np.testing.assert_array_equal(tokenizer.encode(["THE CAT"])[0], tokens)

    def test_sentencepiece_knows_where_words_begin(self):
        tokenizer = trained("unigram")
        (tokens,) = tokenizer.encode(["the cat sat on the mat"])
        assert tokenizer.word_starts[tokens].sum() == 6

    @pytest.mark.parametrize("kind", ["wordpiece", "unigram", "bytes"])
    def test_saves_and_loads(self, kind, tmp_path):
        tokenizer = trained(kind)
        tokenizer.save(tmp_path / "tokenizer")
        loaded = TextTokenizer.load(tmp_path / "tokenizer")
        assert loaded.tokens == tokenizer.tokens
        for one, other in zip(loaded.encode(CORPUS[:3]), tokenizer.encode(CORPUS[:3]), strict=True):
            np.testing.assert_array_equal(one, other)

    def test_rows(self):
        tokenizer = TextTokenizer("bytes")
        rows = tokenizer.rows(["ab", "abcdefgh"], length=6)
        a = ord("a") + 5
        assert rows["token_ids"].tolist() == [[2, a, a + 1, 3, 0, 0], [2, a, a + 1, a + 2, a + 3, 3]]
        assert rows["padding_mask"].tolist() == [[1, 1, 1, 1, 0, 0], [1] * 6]

    def test_stream(self):
        stream = TextTokenizer("bytes").stream(["a", "", "bc"])
        assert stream.tolist() == [102, 3, 3, 103, 104, 3]
        assert stream.dtype == np.uint16

    @pytest.mark.parametrize(
        ("arguments", "message"),
        [
            ((CORPUS, "letters"), "kind='letters'"),
            (([" ", ""], "unigram"), "no text to learn from"),
            ((CORPUS, "unigram", 20), "vocabulary_size=20"),
        ],
    )
    def test_what_cannot_be_learnt_is_named(self, arguments, message):
        with pytest.raises(ValueError, match=message):
            train_tokenizer(*arguments)

    def test_a_string_for_a_list_is_named(self):
        with pytest.raises(ValueError, match="list of texts"):
            TextTokenizer("bytes").encode("abc")
