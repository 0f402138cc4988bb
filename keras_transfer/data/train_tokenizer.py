"""A tokenizer made from the user's own texts."""

import io

import keras_nlp
import sentencepiece
import tensorflow as tf

from keras_transfer.data.text_tokenizer import KINDS, SPECIAL, TextTokenizer

# Characters that a vocabulary of single characters may hold at most: all of Unicode in use.
_MOST_CHARACTERS = 1 << 17


def train_tokenizer(texts, kind="wordpiece", vocabulary_size=8000, lowercase=False):
    """Learn a vocabulary.

    - `"wordpiece"`: BERT's; splits at spaces, punctuation and around Chinese characters; drops spaces.
    - `"bpe"` and `"unigram"`: SentencePiece; lossless, rare characters become bytes, and no spaces between words are needed
      (Chinese, Japanese, Thai).
    - `"characters"`: every character found.
    - `"bytes"`: nothing to learn; 256 bytes.

    Args:
        texts: Strings: a list, or anything that can be gone through once.
        kind: One of the above.
        vocabulary_size: Tokens at most, the five special ones included; small corpora give fewer. Not for characters and bytes.
        lowercase: Whether to fold case (and, with WordPiece, to strip accents).

    Returns:
        `TextTokenizer`.

    Raises:
        ValueError: if the kind is unknown, there is no text, or the vocabulary is too small for the characters of the corpus.

    Example:
        >>> texts = [document.text for document in keras_transfer.data.read_documents("corpus/")]
        >>> tokenizer = keras_transfer.data.train_tokenizer(texts, "unigram", vocabulary_size=8000)
        >>> tokenizer.save("runs/tokenizer")
    """
    if kind not in KINDS:
        raise ValueError(f"`kind` must be one of {', '.join(KINDS)}. Received: kind={kind!r}")
    if kind == "bytes":
        return TextTokenizer("bytes")
    lines = (line for text in texts for line in text.splitlines() if line.strip())
    first = next(lines, None)
    if first is None:
        raise ValueError("`texts` holds no text to learn from.")
    if kind == "wordpiece":
        return _word_piece(first, lines, vocabulary_size, lowercase)
    return _sentence_piece(first, lines, kind, vocabulary_size, lowercase)


def _word_piece(first, lines, vocabulary_size, lowercase):
    def all_lines():
        yield first
        yield from lines

    # The trainer goes through its data once.
    data = tf.data.Dataset.from_generator(all_lines, output_signature=tf.TensorSpec((), tf.string)).batch(1024)
    vocabulary = keras_nlp.tokenizers.compute_word_piece_vocabulary(
        data, vocabulary_size, lowercase=lowercase, strip_accents=lowercase, reserved_tokens=list(SPECIAL)
    )
    return TextTokenizer("wordpiece", vocabulary, lowercase)


def _sentence_piece(first, lines, kind, vocabulary_size, lowercase):
    def all_lines():
        yield first
        yield from lines

    model = io.BytesIO()
    characters = kind == "characters"
    try:
        sentencepiece.SentencePieceTrainer.train(
            sentence_iterator=all_lines(),
            model_writer=model,
            vocab_size=_MOST_CHARACTERS if characters else vocabulary_size,
            model_type="char" if characters else kind,
            character_coverage=1.0 if characters else 0.9995,
            # Nothing but case is normalised, so that decoding gives the text back.
            normalization_rule_name="nmt_nfkc_cf" if lowercase else "identity",
            remove_extra_whitespaces=False,
            add_dummy_prefix=not characters,
            allow_whitespace_only_pieces=True,
            byte_fallback=not characters,
            hard_vocab_limit=False,
            max_sentence_length=1 << 20,
            pad_id=0,
            unk_id=1,
            bos_id=2,
            eos_id=3,
            control_symbols=[SPECIAL[4]],
            pad_piece=SPECIAL[0],
            unk_piece=SPECIAL[1],
            bos_piece=SPECIAL[2],
            eos_piece=SPECIAL[3],
            minloglevel=2,
        )
    except RuntimeError as error:
        raise ValueError(
            f"SentencePiece could not learn a vocabulary of vocabulary_size={vocabulary_size}: {error}"
        ) from error
    return TextTokenizer(kind, model.getvalue(), lowercase)
