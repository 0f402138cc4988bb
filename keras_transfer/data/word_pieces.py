"""Words that are given as such, in tokens."""

import keras_nlp
import numpy as np

from keras_transfer.data.text_tokenizer import SPACE


def word_pieces(tokenizer, sentences, spaced=None):
    """Encode each word by itself, as it would be within its sentence.

    Args:
        tokenizer: `data.TextTokenizer`.
        sentences: Lists of words.
        spaced: For each sentence whether white space stands before each word, booleans; None: before all but the first.

    Returns:
        For each sentence a list of int32 arrays, the tokens of each word; of a word that the tokenizer makes nothing of, the
        unknown token.

    Example:
        >>> keras_transfer.data.word_pieces(tokenizer, [("unbelievable", "!")])
        [[array([17, 54, 230], dtype=int32), array([9], dtype=int32)]]
    """
    if spaced is None:
        spaced = [[True] * len(words) for words in sentences]
    placed = [
        [
            (tokenizer.word_prefix + word if space and place else word, bool(space) or not place)
            for place, (word, space) in enumerate(zip(words, spaces, strict=True))
        ]
        for words, spaces in zip(sentences, spaced, strict=True)
    ]
    distinct = list(dict.fromkeys(one for words in placed for one in words))
    encoded = tokenizer.encode([word for word, _ in distinct])
    unspaced = {} if all(space for _, space in distinct) else _unspaced_tokens(tokenizer)
    pieces = {one: _piece(tokenizer, tokens, one[1], unspaced) for one, tokens in zip(distinct, encoded, strict=True)}
    return [[pieces[one] for one in words] for words in placed]


def _piece(tokenizer, tokens, spaced, unspaced):
    if not spaced and len(tokens) and int(tokens[0]) in unspaced:
        tokens = np.array([*unspaced[int(tokens[0])], *tokens[1:]], np.int32)
    return tokens if len(tokens) else np.array([unknown_token(tokenizer)], np.int32)


def _unspaced_tokens(tokenizer):
    """What stands for a token that begins with SentencePiece's space, where there is none: the same token without it, if any."""
    if not isinstance(tokenizer.layer, keras_nlp.tokenizers.SentencePieceTokenizer):
        return {}
    numbers = {token: number for number, token in enumerate(tokenizer.tokens)}
    found = {SPACE: ()}
    found |= {token: (numbers[token[1:]],) for token in numbers if token[:1] == SPACE and token[1:] in numbers}
    return {numbers[token]: without for token, without in found.items() if token in numbers}


def unknown_token(tokenizer):
    """The token for what cannot be encoded; of a tokenizer that has none, the end."""
    return tokenizer.end_id if tokenizer.unknown_id is None else tokenizer.unknown_id
