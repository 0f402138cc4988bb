import numpy as np
import pytest

from keras_transfer.data import tagged_rows, train_tokenizer, word_pieces
from keras_transfer.data.text_tokenizer import KINDS

SENTENCES = [("The", "unbelievable", "cat", "sat", "!"), ("Yes",)]
TEXTS = [" ".join(words) for words in SENTENCES] * 3


@pytest.mark.parametrize("kind", KINDS)
def test_words_by_themselves_are_as_in_their_sentence(kind):
    tokenizer = train_tokenizer(TEXTS, kind, 300)
    pieces = word_pieces(tokenizer, SENTENCES)
    assert [len(words) for words in pieces] == [5, 1]
    for words, whole in zip(pieces, tokenizer.encode([" ".join(words) for words in SENTENCES]), strict=True):
        np.testing.assert_array_equal(np.concatenate(words), whole)


@pytest.mark.parametrize("length", [3, 6, 64])
def test_labels_stand_at_first_tokens_and_no_word_is_lost(length):
    tokenizer = train_tokenizer(TEXTS, "bytes")
    tags = [np.array([4, 3, 2, 1, 0]), np.array([7])]
    rows, labels = tagged_rows(tokenizer, SENTENCES, tags, length)
    assert rows.shape == labels.shape and rows.shape[1] == length and rows.dtype == labels.dtype == np.int32
    assert labels[labels >= 0].tolist() == [4, 3, 2, 1, 0, 7]
    firsts = [pieces[0] for words in word_pieces(tokenizer, SENTENCES) for pieces in words]
    assert rows[labels >= 0].tolist() == firsts
    assert (rows[:, 0] == tokenizer.start_id).all() and (labels[:, 0] == -1).all()
    ends = (rows != tokenizer.pad_id).sum(axis=1) - 1
    assert (rows[np.arange(len(rows)), ends] == tokenizer.end_id).all()
    if length == 64:
        assert len(rows) == 2
        whole = [tokenizer.start_id, *tokenizer.encode([TEXTS[0]])[0], tokenizer.end_id]
        assert rows[0, : len(whole)].tolist() == whole


def test_a_word_that_is_nothing_to_the_tokenizer_keeps_its_tag():
    tokenizer = train_tokenizer(["a b"], "wordpiece", 30)
    rows, labels = tagged_rows(tokenizer, [("a", "\u200b", "b")], [[1, 2, 3]], 8)
    assert rows[0, 2] == tokenizer.unknown_id and labels[0].tolist() == [-1, 1, 2, 3, -1, -1, -1, -1]


def test_what_does_not_fit_is_named():
    tokenizer = train_tokenizer(TEXTS, "bytes")
    with pytest.raises(ValueError, match="Received: 1 for 5 words in sentence 0"):
        tagged_rows(tokenizer, SENTENCES, [[0], [0]], 8)
    with pytest.raises(ValueError, match="Received: length=2"):
        tagged_rows(tokenizer, SENTENCES, [], 2)
