"""Rows of tokens that hold all of a corpus."""

from keras_transfer.data.pack import pack
from keras_transfer.data.padded_rows import padded_rows


def pretraining_rows(tokenizer, texts, length, packed=False):
    """All tokens of some texts in rows: what is longer than a row goes on in the next, and nothing is cut off.

    Each piece stands between the start and the end token.

    Args:
        tokenizer: A `TextTokenizer`.
        texts: List of strings.
        length: Tokens in a row, at least 3.
        packed: Whether to lay several short texts side by side in a row, for encoders that keep them apart
            (`encoders.text_transformer`); see `data.pack`. Otherwise one piece a row, with padding.

    Returns:
        A dict of `token_ids` and, packed, `documents`, else `padding_mask`: int32 of shape `(rows, length)`.

    Raises:
        ValueError: if `length` is too small, or there is no token at all.

    Example:
        >>> rows = keras_transfer.data.pretraining_rows(tokenizer, texts, 64, packed=True)
        >>> model.fit(keras_transfer.data.batches(rows, 32), epochs=10)
    """
    if length < 3:
        raise ValueError(f"`length` must be at least 3: start, one token, end. Received: length={length}")
    room = length - 2
    pieces = [
        [tokenizer.start_id, *tokens[start : start + room], tokenizer.end_id]
        for tokens in tokenizer.encode(texts)
        for start in range(0, len(tokens), room)
    ]
    if not pieces:
        raise ValueError("`texts` holds no token.")
    if packed:
        return pack(pieces, length, pad=tokenizer.pad_id)
    return padded_rows(pieces, len(pieces), length, tokenizer.pad_id)
