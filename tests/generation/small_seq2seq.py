"""Models with an encoder and a decoder, small enough to be asked token by token."""

import functools

import keras
import keras_nlp
import numpy as np
import tensorflow as tf

from keras_transfer import objectives
from tests.generation.small_models import LENGTH, TOKENIZER


def small_seq2seq(kind="bart"):
    """An objective whose likeliest tokens differ from text to text."""
    keras.utils.set_random_seed(0)
    size = TOKENIZER.vocabulary_size + 2  # sentinels
    if kind == "bart":
        backbone = keras_nlp.models.BartBackbone(size, 2, 2, 16, 32, dropout=0.0, max_sequence_length=LENGTH)
        model = objectives.DenoisingSeq2Seq(backbone, TOKENIZER.mask_id, TOKENIZER.special_ids, TOKENIZER.start_id)
    else:
        backbone = keras_nlp.models.T5Backbone(size, 2, 2, 16, 32, dropout=0.0)
        model = objectives.SpanCorruption(backbone, range(size - 2, size), TOKENIZER.special_ids)
    random = np.random.default_rng(0)
    for weight in backbone.weights:
        # T5's token embeddings are large: with others as small it repeats itself.
        own = weight * 0.3 if kind == "t5" and "token_embedding" in weight.path else weight
        weight.assign(own + random.normal(0, 0.3 if kind == "bart" else 1.0, weight.shape))
    return model


def scores_after(model, text, written):
    """The model's scores of what follows `written`, tokens of shape `(rows, tokens)`: all read anew, no cache, no padding."""
    read = np.tile([[TOKENIZER.start_id, *TOKENIZER.encode([text])[0], TOKENIZER.end_id]], (len(written), 1))
    written = np.array(written)
    sides = {"encoder": read, "decoder": written}
    rows = {f"{side}_token_ids": tokens.astype(np.int32) for side, tokens in sides.items()}
    rows |= {f"{side}_padding_mask": np.ones(tokens.shape, np.int32) for side, tokens in sides.items()}
    hidden = reader(model)(rows)[:, -1]
    # T5 divides what its token embeddings, as output layer, are multiplied with.
    return model.logits(hidden / (4.0 if isinstance(model.encoder, keras_nlp.models.T5Backbone) else 1.0)).numpy()


@functools.lru_cache
def reader(model):
    """The model's encoder and decoder, one compilation for all lengths."""
    names = [f"{side}_{what}" for side in ("encoder", "decoder") for what in ("token_ids", "padding_mask")]
    signature = {name: tf.TensorSpec([None, None], tf.int32) for name in names}
    return tf.function(lambda rows: model.encoder(rows)["decoder_sequence_output"], input_signature=[signature])


def slow_greedy(model, text, length):
    """The likeliest token again and again."""
    row = [model.start_id]
    while len(row) < length and (len(row) == 1 or row[-1] != TOKENIZER.end_id):
        row.append(int(np.argmax(scores_after(model, text, [row]))))
    return TOKENIZER.decode([token for token in row if token < TOKENIZER.vocabulary_size])
