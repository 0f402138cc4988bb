"""Tagged sentences as rows of tokens and labels."""

import numpy as np

from keras_transfer.data.padded_rows import padded_rows
from keras_transfer.data.word_pieces import word_pieces


def tagged_rows(tokenizer, sentences, tags, length):
    """Rows to train a `transfer.token_classifier` on: start, the words' tokens, end, padding; the tag at a word's first token.

    No word is lost: a sentence that is longer than a row goes on in the next, between two words. What an entity has on both sides
    of such a place counts as two.

    Args:
        tokenizer: `data.TextTokenizer`.
        sentences: Lists of words.
        tags: For each sentence integers from 0, one a word.
        length: Tokens in a row, at least 3. Of a word that alone is longer, the first tokens are kept.

    Returns:
        `(token_ids, labels)`, int32 of shape `(rows, length)`; labels are -1 but at first tokens of words.

    Raises:
        ValueError: if `length < 3`, or a sentence has not one tag a word.

    Example:
        >>> rows, labels = keras_transfer.data.tagged_rows(tokenizer, data.x_labelled, data.y_labelled, 64)
    """
    if length < 3:
        raise ValueError(f"`length` must be at least 3: start, one token, end. Received: length={length}")
    tokens, labels = [], []
    for number, (pieces, numbers) in enumerate(zip(word_pieces(tokenizer, sentences), tags, strict=True)):
        if len(pieces) != len(numbers):
            raise ValueError(
                f"`tags` must hold one number a word. Received: {len(numbers)} for {len(pieces)} words in sentence {number}"
            )
        pieces = [piece[: length - 2] for piece in pieces]
        for first, last in _parts([len(piece) for piece in pieces], length - 2):
            inside = pieces[first:last]
            tokens.append([tokenizer.start_id, *np.concatenate(inside), tokenizer.end_id])
            marks = [[tag, *[-1] * (len(piece) - 1)] for piece, tag in zip(inside, numbers[first:last], strict=True)]
            labels.append([-1, *(mark for word in marks for mark in word), -1])
    filled = (padded_rows(rows, len(rows), length, pad) for rows, pad in ((tokens, tokenizer.pad_id), (labels, -1)))
    return tuple(each["token_ids"] for each in filled)


def _parts(sizes, room):
    """`(first word, end)` of each row, as many words in one as there is room for."""
    first = taken = 0
    for word, size in enumerate(sizes):
        if taken + size > room:
            yield first, word
            first, taken = word, 0
        taken += size
    if sizes:
        yield first, len(sizes)
