from keras_transfer.data.padded_rows import padded_rows


def test_padding_is_told_from_tokens_that_look_like_it():
    rows = padded_rows(iter([[5, 7, 7], [], [6]]), 3, 4, pad=7)
    assert rows["token_ids"].tolist() == [[5, 7, 7, 7], [7, 7, 7, 7], [6, 7, 7, 7]]
    assert rows["padding_mask"].tolist() == [[1, 1, 1, 0], [0, 0, 0, 0], [1, 0, 0, 0]]
