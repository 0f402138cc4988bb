"""Words that are given as such, in tokens."""

import numpy as np


def word_pieces(tokenizer, sentences):
    """Encode each word by itself, as it would be within its sentence.

    Args:
        tokenizer: `data.TextTokenizer`.
        sentences: Lists of words.

    Returns:
        For each sentence a list of int32 arrays, the tokens of each word; of a word that the tokenizer makes nothing of, the
        unknown token.

    Example:
        >>> keras_transfer.data.word_pieces(tokenizer, [("unbelievable", "!")])
        [[array([17, 54, 230], dtype=int32), array([9], dtype=int32)]]
    """
    sentences = [
        [word if place == 0 else tokenizer.word_prefix + word for place, word in enumerate(words)]
        for words in sentences
    ]
    distinct = list(dict.fromkeys(word for words in sentences for word in words))
    nothing = np.array([unknown_token(tokenizer)], np.int32)
    pieces = {
        word: tokens if len(tokens) else nothing
        for word, tokens in zip(distinct, tokenizer.encode(distinct), strict=True)
    }
    return [[pieces[word] for word in words] for words in sentences]


def unknown_token(tokenizer):
    """The token for what cannot be encoded; of a tokenizer that has none, the end."""
    return tokenizer.end_id if tokenizer.unknown_id is None else tokenizer.unknown_id
