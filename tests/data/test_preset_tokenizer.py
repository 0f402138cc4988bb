import keras_nlp
import numpy as np
import pytest
import tensorflow as tf

from keras_transfer.data import PresetTokenizer, load_tokenizer, train_tokenizer

VOCABULARY = ["[PAD]", "the", "cat", "##s", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "sit"]


def bert():
    return PresetTokenizer(keras_nlp.tokenizers.BertTokenizer(vocabulary=VOCABULARY, lowercase=True))


def roberta():
    names = ["<s>", "<pad>", "</s>", "<mask>", "h", "i", "hi", "Ġ"]
    vocabulary = {name: number for number, name in enumerate(names)}
    return PresetTokenizer(keras_nlp.tokenizers.RobertaTokenizer(vocabulary=vocabulary, merges=["h i"]))


class TestPresetTokenizer:
    def test_has_the_numbers_of_the_checkpoint(self):
        tokenizer = bert()
        ids = [getattr(tokenizer, f"{name}_id") for name in ("pad", "unknown", "start", "end", "mask")]
        assert ids == [0, 4, 5, 6, 7] and tokenizer.special_ids == (0, 4, 5, 6, 7)
        rows = tokenizer.rows(["The cats sit", "dog"], 6)
        assert rows["token_ids"].tolist() == [[5, 1, 2, 3, 8, 6], [5, 4, 6, 0, 0, 0]]
        assert rows["padding_mask"].sum(axis=1).tolist() == [6, 3]
        assert tokenizer.decode([5, 1, 2, 3, 6, 0]) == "the cats"
        assert tokenizer.word_starts.tolist() == [token != "##s" for token in VOCABULARY]
        assert tokenizer.token_bytes.tolist() == [0, 4, 4, 1, 0, 0, 0, 0, 4]

    def test_padding_need_not_be_zero(self):
        tokenizer = roberta()
        rows = tokenizer.rows(["hi"], 5)
        assert rows["token_ids"].tolist() == [[0, 6, 2, 1, 1]]
        assert rows["padding_mask"].tolist() == [[1, 1, 1, 0, 0]]
        assert tokenizer.word_starts is None and tokenizer.token_bytes is None

    @pytest.mark.parametrize("make", [bert, roberta])
    def test_saves_and_loads(self, tmp_path, make):
        make().save(tmp_path)
        loaded = load_tokenizer(tmp_path)
        assert isinstance(loaded, PresetTokenizer)
        assert loaded.rows(["hi cat"], 6)["token_ids"].tolist() == make().rows(["hi cat"], 6)["token_ids"].tolist()

    def test_what_is_no_tokenizer_is_named(self, tmp_path):
        with pytest.raises(ValueError, match="without pad_id, start_id, end_id"):
            PresetTokenizer(keras_nlp.tokenizers.WordPieceTokenizer(vocabulary=VOCABULARY, oov_token="[UNK]"))
        with pytest.raises(ValueError, match="holds no tokenizer that keras-hub reads"):
            PresetTokenizer.from_checkpoint(tmp_path)
        with pytest.raises(FileNotFoundError, match="nowhere"):
            PresetTokenizer.from_checkpoint(tmp_path / "nowhere")
        bert().save(tmp_path)
        path = tmp_path / "tokenizer.json"
        path.write_text(path.read_text().replace("BertTokenizer", "BertEvil"))
        with pytest.raises(ValueError, match="'BertEvil'"):
            load_tokenizer(tmp_path)


@pytest.mark.parametrize("kind", ["wordpiece", "unigram", "bpe", "characters", "bytes", "bert", "roberta"])
def test_rows_in_graph_are_the_same(kind):
    texts = ["The cat sat.", "Größe, naïve", "猫在这里" * 5, "x"]
    if kind == "roberta":  # whose tiny vocabulary lacks most bytes, which no real one does
        texts = ["hi", "hi ih" * 9, "h i"]
    made = {"bert": bert, "roberta": roberta}
    tokenizer = made[kind]() if kind in made else train_tokenizer(texts, kind, 400)
    in_graph = tf.function(lambda each: tokenizer.rows_in_graph(each, 8))(tf.constant(texts))
    assert in_graph.dtype == tf.int32
    np.testing.assert_array_equal(in_graph, tokenizer.rows(texts, 8)["token_ids"])


@pytest.mark.parametrize("kind", ["wordpiece", "bytes", "bert"])
def test_pairs_in_a_row(kind):
    texts = [("The cat sat.", "x"), ("x", "Größe, naïve"), ("The cat sat on it.", "And so did I."), ("cats", "cat")]
    tokenizer = bert() if kind == "bert" else train_tokenizer([text for pair in texts for text in pair], kind, 400)
    first, second = zip(*texts, strict=True)
    assert tokenizer.row_lengths(texts) == [
        sum(len(tokens) for tokens in tokenizer.encode(list(pair))) + 3 for pair in texts
    ]
    for length in (9, 40):
        rows = tokenizer.rows(texts, length)["token_ids"]
        for row, pair in zip(rows, texts, strict=True):
            one, two = (tokens.tolist() for tokens in tokenizer.encode(list(pair)))
            while len(one) + len(two) > length - 3:  # as BERT cuts: the longer of the two, token by token
                (one if len(one) > len(two) else two).pop()
            start, end = tokenizer.start_id, tokenizer.end_id
            assert row[row != tokenizer.pad_id].tolist() == [start, *one, end, *two, end]
        made = tf.function(lambda *sides, size=length: tokenizer.rows_in_graph(sides[0], size, sides[1]))
        in_graph = made(tf.constant(first), tf.constant(second))
        np.testing.assert_array_equal(in_graph, rows)
