"""Token lists of several lengths as rows of one."""

import numpy as np


def padded_rows(pieces, count, length, pad):
    """Fill rows from the left, the rest with padding.

    Args:
        pieces: Lists of tokens, each of `length` at most; gone through once.
        count: How many there are.
        length: Tokens in a row.
        pad: The token of padding.

    Returns:
        A dict of `token_ids` and `padding_mask`, 1 where a token of the piece stands, int32 of shape `(count, length)`.
    """
    token_ids = np.full((count, length), pad, np.int32)
    padding_mask = np.zeros_like(token_ids)
    for row, mask, piece in zip(token_ids, padding_mask, pieces, strict=True):
        row[: len(piece)], mask[: len(piece)] = piece, 1
    return {"token_ids": token_ids, "padding_mask": padding_mask}
