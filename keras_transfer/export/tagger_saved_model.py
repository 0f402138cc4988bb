"""A classifier of words as a TensorFlow SavedModel, tokenizer and all."""

from pathlib import Path

import numpy as np
import tensorflow as tf

from keras_transfer.data.tagged_rows import tagged_rows
from keras_transfer.data.word_pieces import unknown_token
from keras_transfer.export.saved_model import check_target, write_class_names


def tagger_saved_model(classifier, tokenizer, folder, tags=None, sentences=(("Two", "words"), ("One",))):
    """Write a SavedModel that maps words to probabilities of tags, and prove that it does.

    What is served takes sentences that are split into words, strings of shape `(sentences, words)`, shorter ones filled up with
    empty strings at the end, and gives floats of shape `(sentences, words, tags)`, zeros for what was filled up. The tokenizer is
    inside; a sentence that is longer than a row is read in several, as `data.tagged_rows` makes them. Whoever loads it imports
    `tensorflow_text`, and neither Keras nor this library.

    Args:
        classifier: Model from rows of tokens to logits of each, as `transfer.token_classifier` makes it.
        tokenizer: The `data.TextTokenizer` it was trained with.
        folder: Where to; must not exist or be empty.
        tags: Names in the order of the outputs, written to `assets.extra/classes.json`.
        sentences: Lists of words, on which the file that was written must agree with the model.

    Returns:
        The largest difference of a probability over those sentences.

    Raises:
        FileExistsError: if the folder holds something.
        ValueError: if there is not one name a tag.
        RuntimeError: if what was written computes something else.

    Example:
        >>> keras_transfer.export.tagger_saved_model(classifier, tokenizer, "exported", data.class_names)
        >>> import tensorflow_text
        >>> model = tf.saved_model.load("exported")
        >>> model.serve([["Ada", "Lovelace", "wrote"], ["So", "?", ""]])
    """
    folder = Path(folder)
    check_target(folder, classifier.output_shape[-1], tags)
    module = tf.Module()
    module.held = [variable.value for variable in classifier.variables]
    module.tokenizer = tokenizer.layer
    spec = tf.TensorSpec((None, None), tf.string, name="words")
    module.serve = tf.function(lambda words: _probabilities(classifier, tokenizer, words), input_signature=[spec])
    named = tf.function(lambda words: {"probabilities": module.serve(words)})
    tf.saved_model.save(module, str(folder), signatures={"serving_default": named.get_concrete_function(spec)})
    write_class_names(folder, tags)
    # Held in a name: its variables die with it.
    loaded = tf.saved_model.load(str(folder))
    words = tf.ragged.constant([list(one) for one in sentences], dtype=tf.string, ragged_rank=1).to_tensor("")
    served = loaded.serve(words).numpy()
    difference = float(np.abs(served[words.numpy() != b""] - _expected(classifier, tokenizer, sentences)).max())
    if not difference < 1e-3:
        raise RuntimeError(f"{folder}: the SavedModel's probabilities differ from the model's by up to {difference:g}")
    return difference


def _expected(classifier, tokenizer, sentences):
    """Probabilities of every word, sentence by sentence, `(words, tags)`."""
    none = [np.zeros(len(words), np.int32) for words in sentences]
    rows, labels = tagged_rows(tokenizer, sentences, none, classifier.input_shape[1])
    return tf.nn.softmax(classifier(rows, training=False)).numpy()[labels >= 0]


def _probabilities(classifier, tokenizer, words):
    """Read as many words of each sentence as a row holds, and go on behind them until all are read."""
    length, tags = classifier.input_shape[1], classifier.output_shape[-1]
    pieces, sizes = _pieces(tokenizer, words, length - 2)
    ends = tf.cumsum(sizes, axis=1)

    def unread(first, probabilities):
        return tf.reduce_any(first < tf.reduce_sum(tf.cast(sizes > 0, tf.int32), axis=1))

    def read(first, probabilities):
        number = tf.range(tf.shape(words)[1])[None]
        before = tf.reduce_sum(tf.where(number < first[:, None], sizes, 0), axis=1, keepdims=True)
        inside = (number >= first[:, None]) & (ends - before <= length - 2) & (sizes > 0)
        places = tf.where(inside, 1 + ends - sizes - before, 0)  # of first tokens
        rows = _rows(tokenizer, pieces, tf.where(inside, sizes, 0), places, length)
        found = tf.nn.softmax(tf.cast(classifier(rows, training=False), tf.float32))
        found = tf.gather(found, places, batch_dims=1)
        count = tf.reduce_sum(tf.cast(inside, tf.int32), axis=1)
        return first + count, tf.where(inside[..., None], found, probabilities)

    shape = tf.shape(words)
    start = tf.zeros(shape[:1], tf.int32), tf.zeros([shape[0], shape[1], tags])
    shapes = tf.TensorShape([None]), tf.TensorShape([None, None, tags])
    return tf.while_loop(unread, read, start, shape_invariants=shapes)[1]


def _pieces(tokenizer, words, room):
    """Tokens of each word, `(sentences, words, tokens)`, and how many they are, 0 where there is no word."""
    shape = tf.shape(words)
    later = tf.broadcast_to(tf.range(shape[1])[None] > 0, shape)
    prefixed = tf.where(later, tf.strings.join([tokenizer.word_prefix, words]), words)
    ragged = tokenizer.ragged(tf.reshape(prefixed, [-1]))
    sizes = tf.cast(ragged.row_lengths(), tf.int32)
    pieces = ragged.to_tensor(0)
    # A word that the tokenizer makes nothing of is the unknown token.
    pieces = tf.pad(pieces, [[0, 0], [0, 1]])[:, : tf.maximum(room, 1)]
    first = tf.where(sizes > 0, pieces[:, 0], unknown_token(tokenizer))
    pieces = tf.concat([first[:, None], pieces[:, 1:]], axis=1)
    sizes = tf.where(tf.reshape(words, [-1]) == "", 0, tf.clip_by_value(sizes, 1, room))
    return tf.reshape(pieces, [shape[0], shape[1], -1]), tf.reshape(sizes, shape)


def _rows(tokenizer, pieces, sizes, places, length):
    """Rows of tokens `(sentences, length)`: start, the words' tokens at their places, end, padding."""
    piece = tf.range(tf.shape(pieces)[2])[None, None]
    given = piece < sizes[..., None]
    sentence = tf.cast(tf.where(given)[:, 0], tf.int32)
    at = tf.stack([sentence, tf.boolean_mask(places[..., None] + piece, given)], axis=1)
    count = tf.shape(pieces)[0]
    edge = tf.fill([count], 1)
    ends = tf.stack([tf.range(count), 1 + tf.reduce_sum(sizes, axis=1)], axis=1)
    rows = tf.concat([edge[:, None] * tokenizer.start_id, tf.fill([count, length - 1], tokenizer.pad_id)], axis=1)
    rows = tf.tensor_scatter_nd_update(rows, at, tf.boolean_mask(pieces, given))
    return tf.ensure_shape(tf.tensor_scatter_nd_update(rows, ends, edge * tokenizer.end_id), [None, length])
