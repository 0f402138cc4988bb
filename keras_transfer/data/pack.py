"""Several short documents in one row."""

import numpy as np


def pack(documents, length, pad=0):
    """Lay documents side by side in rows of equal length, so that little of a batch is padding.

    Each document goes whole into the fullest row that still has room for it, longest first; longer ones than a row are cut into
    rows of their own and a rest. Attention must stay within documents and positions must restart: `documents` in the result
    says which token belongs where, for `encoders.text_transformer` and `layers.PackedAttention`. Objectives predict nothing
    across documents.

    Args:
        documents: Sequence of rows of integers, of any lengths; empty ones are passed over.
        length: Tokens in a row. For `CausalLM` one more than the model reads.
        pad: Token that fills what is left of a row.

    Returns:
        A dict of `token_ids` and `documents`, int32 of shape `(rows, length)`. `documents` counts from 1 in each row; 0 is
        padding.

    Raises:
        ValueError: if `length < 1` or there is no token at all.

    Example:
        >>> rows = keras_transfer.data.pack([[5, 6, 7], [8, 9], [4]], length=4)
        >>> rows["token_ids"].tolist(), rows["documents"].tolist()
        ([[5, 6, 7, 4], [8, 9, 0, 0]], [[1, 1, 1, 2], [1, 1, 0, 0]])

    Reference: [Krell et al., 2021](https://arxiv.org/abs/2107.02027)
    """
    if length < 1:
        raise ValueError(f"`length` must be >= 1. Received: length={length}")
    pieces = [
        np.asarray(document[start : start + length], np.int32)
        for document in documents
        for start in range(0, len(document), length)
    ]
    if not pieces:
        raise ValueError("`documents` holds no token.")
    rows, with_room = [], [[] for _ in range(length + 1)]
    for piece in sorted(pieces, key=len, reverse=True):
        room = next((room for room in range(len(piece), length) if with_room[room]), None)
        if room is None:
            rows.append([])
            row, room = len(rows) - 1, length
        else:
            row = with_room[room].pop()
        rows[row].append(piece)
        with_room[room - len(piece)].append(row)
    token_ids = np.full((len(rows), length), pad, np.int32)
    numbers = np.zeros((len(rows), length), np.int32)
    for row, inside in enumerate(rows):
        sizes = [len(piece) for piece in inside]
        token_ids[row, : sum(sizes)] = np.concatenate(inside)
        numbers[row, : sum(sizes)] = np.repeat(np.arange(1, len(inside) + 1), sizes)
    return {"token_ids": token_ids, "documents": numbers}
