import json

import numpy as np
import pytest
import tensorflow as tf

from keras_transfer.data import train_tokenizer
from keras_transfer.encoders import sentence_encoder, text_transformer
from keras_transfer.export import text_saved_model
from keras_transfer.transfer import classifier

TEXTS = [
    "The cat sat on the mat.",
    "猫坐在垫子上",
    "A much longer text than a row of tokens has room for, by far and wide.",
]


def model(tokenizer, length=12):
    return classifier(sentence_encoder(text_transformer(tokenizer.vocabulary_size, length, 1, 2, 8), length), classes=3)


@pytest.mark.parametrize("kind", ["wordpiece", "unigram", "bytes"])
def test_serves_strings(tmp_path, kind):
    tokenizer = train_tokenizer(TEXTS, kind, 400)
    network = model(tokenizer)
    assert text_saved_model(network, tokenizer, tmp_path / "out", ["a", "b", "c"], texts=TEXTS) < 1e-5
    loaded = tf.saved_model.load(str(tmp_path / "out"))
    wanted = tf.nn.softmax(network(tokenizer.rows(TEXTS, 12)["token_ids"]))
    np.testing.assert_allclose(loaded.serve(tf.constant(TEXTS)), wanted, atol=1e-5)
    signature = loaded.signatures["serving_default"](texts=tf.constant(TEXTS))
    np.testing.assert_allclose(signature["probabilities"], wanted, atol=1e-5)
    assert json.loads((tmp_path / "out" / "assets.extra" / "classes.json").read_text()) == ["a", "b", "c"]


def test_nothing_is_overwritten_and_names_are_counted(tmp_path):
    tokenizer = train_tokenizer(TEXTS, "bytes")
    with pytest.raises(ValueError, match="name 3 classes"):
        text_saved_model(model(tokenizer), tokenizer, tmp_path / "out", ["a"])
    (tmp_path / "precious").write_text("")
    with pytest.raises(FileExistsError, match="holds files already"):
        text_saved_model(model(tokenizer), tokenizer, tmp_path)


def test_serves_pairs(tmp_path):
    pairs = [("The cat sat.", "It sat."), ("A longer text than the row has room for", "and another one")]
    tokenizer = train_tokenizer([text for pair in pairs for text in pair], "wordpiece", 100)
    network = model(tokenizer)
    assert text_saved_model(network, tokenizer, tmp_path / "out", texts=pairs) < 1e-5
    loaded = tf.saved_model.load(str(tmp_path / "out"))
    first, second = map(tf.constant, zip(*pairs, strict=True))
    served = loaded.signatures["serving_default"](texts=first, texts_2=second)["probabilities"]
    np.testing.assert_allclose(served, tf.nn.softmax(network(tokenizer.rows(pairs, 12)["token_ids"])), atol=1e-5)
