import numpy as np
import pytest

from keras_transfer.data import TextTokenizer, pretraining_rows

TOKENIZER = TextTokenizer("bytes")
TEXTS = ["abcdefg", "hi", "j"]


@pytest.mark.parametrize("packed", [False, True])
def test_every_token_is_there_once(packed):
    rows = pretraining_rows(TOKENIZER, TEXTS, 8, packed)
    token_ids = rows["token_ids"]
    found = sorted(token_ids[token_ids >= 5].tolist())
    assert found == sorted(token for tokens in TOKENIZER.encode(TEXTS) for token in tokens.tolist())
    assert (token_ids == TOKENIZER.start_id).sum() == (token_ids == TOKENIZER.end_id).sum() == 4
    mask = rows["documents" if packed else "padding_mask"]
    np.testing.assert_array_equal(mask > 0, token_ids != TOKENIZER.pad_id)
    assert len(token_ids) == (4 if not packed else 3)


def test_long_texts_go_on_in_the_next_row():
    rows = pretraining_rows(TOKENIZER, ["abcdefg"], 6)["token_ids"]
    assert [TOKENIZER.decode(row) for row in rows] == ["abcd", "efg"]


def test_what_does_not_fit_is_named():
    with pytest.raises(ValueError, match="length=2"):
        pretraining_rows(TOKENIZER, TEXTS, 2)
    with pytest.raises(ValueError, match="no token"):
        pretraining_rows(TOKENIZER, [], 6)
