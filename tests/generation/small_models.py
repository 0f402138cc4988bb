"""Language models small enough to be asked token by token."""

import keras
import keras_nlp
import numpy as np

from keras_transfer import data, encoders, objectives

TOKENIZER = data.TextTokenizer("bytes")
LENGTH = 16


def small_model(kind="ours"):
    """An objective whose likeliest tokens differ from place to place."""
    keras.utils.set_random_seed(0)
    size = TOKENIZER.vocabulary_size
    if kind == "ours":
        encoder = encoders.text_transformer(size, length=LENGTH, layers=2, heads=2, width=16, causal=True)
    elif kind == "gpt2":
        encoder = keras_nlp.models.GPT2Backbone(size, 2, 2, 16, 32, max_sequence_length=LENGTH)
    else:
        encoder = keras_nlp.models.LlamaBackbone(size, 2, 2, 16, 32, num_key_value_heads=1)
    random = np.random.default_rng(0)
    for weight in encoder.weights:
        weight.assign(weight + random.normal(0, 0.3, weight.shape))
    return objectives.CausalLM(encoder)


def scores_after(model, rows):
    """The model's scores of each token to follow the rows, all of one length, by reading them whole: no cache."""
    # The objective reads all tokens but the last; what follows the rows is not seen, and keeps the shape the same.
    padded = np.zeros((len(rows), LENGTH + 1), np.int32)
    padded[:, : len(rows[0])] = rows
    return model.logits(model(padded))[:, len(rows[0]) - 1].numpy()


def slow_greedy(model, prompt, length):
    """The likeliest token again and again, the whole row read each time."""
    row = [TOKENIZER.start_id, *TOKENIZER.encode([prompt])[0]]
    while len(row) < length:
        row.append(int(np.argmax(scores_after(model, [row]))))
        if row[-1] == TOKENIZER.end_id:
            break
    return TOKENIZER.decode(row)
