"""A tokenizer with what pretraining needs to know of it."""

import functools
import json
from pathlib import Path

import keras_nlp
import numpy as np
import tensorflow as tf

from keras_transfer.data.padded_rows import padded_rows

SPECIAL = ("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]")
KINDS = ("wordpiece", "bpe", "unigram", "characters", "bytes")
SPACE = "\u2581"


class TextTokenizer:
    """Turns texts into tokens and back, through keras-hub's tokenizers.

    Whatever the kind, the first five tokens are special: padding 0, unknown 1, start 2, end 3 and mask 4. No text yields
    them, but for the unknown one. Made by `data.train_tokenizer`, or from a saved folder by `TextTokenizer.load`.

    Args:
        kind: `"wordpiece"`, `"bpe"`, `"unigram"`, `"characters"` or `"bytes"`.
        vocabulary: For WordPiece the list of its tokens, for bytes None, for the others a SentencePiece model, as bytes.
        lowercase: Whether WordPiece folds case and strips accents. SentencePiece models hold their own rules.

    Attributes:
        layer: keras-hub's tokenizer, a layer that can go into a model or `tf.data`; None for bytes.
        pad_id: 0.
        unknown_id: 1.
        start_id: 2.
        end_id: 3.
        mask_id: 4.

    Example:
        >>> tokenizer = keras_transfer.data.TextTokenizer("bytes")
        >>> tokenizer.encode(["Hi"])[0].tolist(), tokenizer.decode([77, 110])
        ([77, 110], 'Hi')
    """

    pad_id, unknown_id, start_id, end_id, mask_id = range(5)

    def __init__(self, kind, vocabulary=None, lowercase=False):
        if kind not in KINDS:
            raise ValueError(f"`kind` must be one of {', '.join(KINDS)}. Received: kind={kind!r}")
        if (vocabulary is None) != (kind == "bytes"):
            raise ValueError(f"`vocabulary` is needed for all kinds but bytes. Received: kind={kind!r}")
        self.kind, self.vocabulary, self.lowercase = kind, vocabulary, lowercase
        if kind == "wordpiece":
            self.layer = keras_nlp.tokenizers.WordPieceTokenizer(
                vocabulary=list(vocabulary), lowercase=lowercase, strip_accents=lowercase, oov_token=SPECIAL[1]
            )
        else:
            self.layer = None if kind == "bytes" else keras_nlp.tokenizers.SentencePieceTokenizer(proto=vocabulary)
        if self.tokens[:5] != list(SPECIAL):
            raise ValueError(f"The first tokens must be {', '.join(SPECIAL)}. Received: {', '.join(self.tokens[:5])}")

    @functools.cached_property
    def tokens(self):
        """The vocabulary as strings, by number."""
        if self.kind == "bytes":
            return [*SPECIAL, *(f"<0x{value:02X}>" for value in range(256))]
        return list(self.layer.get_vocabulary())

    @property
    def vocabulary_size(self):
        """Number of tokens."""
        return len(self.tokens)

    @property
    def special_ids(self):
        """Tokens that stand for no text and are never masked nor drawn."""
        return tuple(range(len(SPECIAL)))

    @functools.cached_property
    def word_starts(self):
        """Which tokens begin a word, booleans of shape `(vocabulary,)`; all of them where tokens know of no words."""
        if self.kind == "wordpiece":
            return np.array([not token.startswith("##") for token in self.tokens])
        if self.kind in ("bpe", "unigram"):
            return np.array([token.startswith(SPACE) or token in SPECIAL for token in self.tokens])
        return np.ones(self.vocabulary_size, bool)

    @property
    def word_prefix(self):
        """What has to stand before a word that is not the first of its sentence, to be encoded by itself as it would be there."""
        return " " if self.kind in ("bytes", "characters") else ""

    @functools.cached_property
    def token_bytes(self):
        """Bytes of text that each token stands for, integers of shape `(vocabulary,)`: 0 for special ones.

        WordPiece drops spaces; a token that begins a word counts as if one came before it.
        """
        return np.array([0] * len(SPECIAL) + [self._bytes_of(token) for token in self.tokens[len(SPECIAL) :]])

    def _bytes_of(self, token):
        if self.kind == "wordpiece":
            return word_piece_bytes(token)
        if len(token) == 6 and token.startswith("<0x"):
            return 1
        return len(token.replace(SPACE, " ").encode())

    def encode(self, texts):
        """Tokens of each text, without start and end: a list of int32 arrays."""
        if isinstance(texts, str):
            raise ValueError("`texts` must be a list of texts. Received: one string")
        if self.kind == "bytes":
            offset = len(SPECIAL)
            return [np.frombuffer(text.encode(), np.uint8).astype(np.int32) + offset for text in texts]
        return [np.array(tokens, np.int32) for tokens in self.layer(list(texts))] if len(texts) else []

    def decode(self, tokens):
        """The text of some tokens; special ones are left out. What WordPiece dropped stays dropped."""
        special = self.special_ids
        tokens = [int(token) for token in tokens if token not in special]
        if self.kind == "bytes":
            return bytes(token - len(SPECIAL) for token in tokens).decode("utf-8", errors="replace")
        if not tokens:
            return ""
        return self.layer.detokenize(tokens)

    def rows(self, texts, length):
        """Each text, or pair of texts, in a row of its own: start, tokens, end, padding; what is longer is cut.

        A pair is start, tokens of the first, end, tokens of the second, end; where it is too long each keeps half of the row at
        least.

        Args:
            texts: List of strings, or of pairs of strings.
            length: Tokens in a row, at least 3; for pairs at least 5.

        Returns:
            A dict of `token_ids` and `padding_mask`, int32 of shape `(texts, length)`, as backbones take them.
        """
        if length < 3:
            raise ValueError(f"`length` must be at least 3: start, one token, end. Received: length={length}")
        if are_pairs(texts):
            sides = (self.encode(side) for side in zip(*texts, strict=True))
            whole = (self._pair(one, two, length) for one, two in zip(*sides, strict=True))
        else:
            whole = ([self.start_id, *tokens[: length - 2], self.end_id] for tokens in self.encode(texts))
        token_ids = padded_rows(whole, len(texts), length, self.pad_id)["token_ids"]
        return {"token_ids": token_ids, "padding_mask": (token_ids != self.pad_id).astype(np.int32)}

    def _pair(self, one, two, length):
        kept_one, kept_two = share_of_pair(len(one), len(two), length, max, min)
        return [self.start_id, *one[:kept_one], self.end_id, *two[:kept_two], self.end_id]

    def row_lengths(self, texts):
        """Tokens that a row would need to hold each text, or pair of texts, whole: a list of integers."""
        if not are_pairs(texts):
            return [len(tokens) + 2 for tokens in self.encode(texts)]
        sides = (self.encode(side) for side in zip(*texts, strict=True))
        return [len(one) + len(two) + 3 for one, two in zip(*sides, strict=True)]

    def rows_in_graph(self, texts, length, second=None):
        """The `token_ids` of `rows`, made by TensorFlow within a `tf.function`: for `tf.data` and exported models.

        Args:
            texts: String tensor of shape `(batch,)`.
            length: As in `rows`.
            second: The second texts of pairs, as `texts`, or None.

        Returns:
            int32 tensor of shape `(batch, length)`.
        """
        edge = tf.ones([tf.shape(texts)[0], 1], tf.int32)
        tokens = self.ragged(texts)
        if second is None:
            parts = [edge * self.start_id, tokens[:, : length - 2], edge * self.end_id]
        else:
            two = self.ragged(second)
            kept = share_of_pair(tokens.row_lengths(), two.row_lengths(), length, tf.maximum, tf.minimum)
            one, two = (_beginnings(side, count) for side, count in zip((tokens, two), kept, strict=True))
            parts = [edge * self.start_id, one, edge * self.end_id, two, edge * self.end_id]
        return tf.concat(parts, axis=1).to_tensor(self.pad_id, shape=[None, length])

    def ragged(self, texts):
        """Tokens of each text, as `encode`, made by TensorFlow: a ragged int32 tensor `(texts, None)`."""
        if self.kind != "bytes":
            return tf.cast(self.layer(texts), tf.int32)
        split = tf.strings.bytes_split(texts)
        codes = tf.reshape(tf.io.decode_raw(split.flat_values, tf.uint8), [-1])
        return split.with_flat_values(tf.cast(codes, tf.int32) + len(SPECIAL))

    def stream(self, texts):
        """All texts in one long row with the end token after each, for `data.token_windows`: the smallest unsigned type."""
        kind = np.uint16 if self.vocabulary_size <= 1 << 16 else np.int32
        pieces = [np.append(tokens, self.end_id).astype(kind) for tokens in self.encode(texts)]
        return np.concatenate(pieces) if pieces else np.zeros(0, kind)

    def save(self, folder):
        """Write the tokenizer into a folder, beside the model it belongs to."""
        folder = Path(folder)
        folder.mkdir(parents=True, exist_ok=True)
        settings = {"kind": self.kind, "lowercase": self.lowercase}
        (folder / "tokenizer.json").write_text(json.dumps(settings, indent=2) + "\n", encoding="utf-8")
        if self.kind == "wordpiece":
            (folder / "vocabulary.txt").write_text("\n".join(self.vocabulary) + "\n", encoding="utf-8")
        elif self.kind != "bytes":
            (folder / "sentencepiece.model").write_bytes(self.vocabulary)

    @classmethod
    def load(cls, folder):
        """The tokenizer that `save` wrote.

        Raises:
            FileNotFoundError: if a file of it is not there.
        """
        folder = Path(folder)
        settings = json.loads((folder / "tokenizer.json").read_text("utf-8"))
        vocabulary = None
        if settings["kind"] == "wordpiece":
            vocabulary = (folder / "vocabulary.txt").read_text("utf-8").split("\n")[:-1]
        elif settings["kind"] != "bytes":
            vocabulary = (folder / "sentencepiece.model").read_bytes()
        return cls(settings["kind"], vocabulary, settings["lowercase"])


def word_piece_bytes(token):
    """Bytes of text that a WordPiece stands for; one that begins a word counts as if a space came before it."""
    return len(token.removeprefix("##").encode()) + (not token.startswith("##"))


def are_pairs(texts):
    """Whether these are pairs of texts, and not texts."""
    return len(texts) > 0 and not isinstance(texts[0], str)


def share_of_pair(one, two, length, larger, smaller):
    """How many tokens of each text of a pair go into a row: all, or half of the room and what the other leaves."""
    room = length - 3
    kept = smaller(one, larger(room - two, (room + 1) // 2))
    return kept, smaller(two, room - kept)


def _beginnings(ragged, counts):
    """The first so many tokens of each row."""
    return tf.RaggedTensor.from_tensor(ragged.to_tensor(), lengths=counts)
