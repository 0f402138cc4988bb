import json

import keras
import numpy as np
import pytest
import tensorflow as tf

from keras_transfer.data import tagged_rows, train_tokenizer
from keras_transfer.encoders import sentence_encoder, text_transformer
from keras_transfer.export import tagger_saved_model
from keras_transfer.transfer import token_classifier

SENTENCES = [("The", "unbelievable", "cat", "sat", "on", "the", "mat", "."), ("猫",), ("\u200b", "So")]


@pytest.mark.parametrize("kind", ["wordpiece", "bytes"])
def test_serves_words_of_sentences_longer_than_a_row(tmp_path, kind):
    keras.utils.set_random_seed(0)
    tokenizer = train_tokenizer([" ".join(words) for words in SENTENCES], kind, 300)
    body = sentence_encoder(text_transformer(tokenizer.vocabulary_size, 9, 1, 2, 8), 9)
    network = token_classifier(body, 3)
    assert tagger_saved_model(network, tokenizer, tmp_path / "out", ["O", "B", "I"], SENTENCES) < 1e-5
    loaded = tf.saved_model.load(str(tmp_path / "out"))
    words = tf.ragged.constant([list(one) for one in SENTENCES]).to_tensor("")
    served = loaded.serve(words).numpy()
    assert served.shape == (3, 8, 3) and (served[1, 1:] == 0).all()
    rows, labels = tagged_rows(tokenizer, SENTENCES, [[0] * len(one) for one in SENTENCES], 9)
    assert len(rows) > 3
    wanted = tf.nn.softmax(network(rows)).numpy()[labels >= 0]
    np.testing.assert_allclose(served[words.numpy() != b""], wanted, atol=1e-5)
    np.testing.assert_allclose(loaded.signatures["serving_default"](words=words)["probabilities"], served, atol=1e-6)
    assert json.loads((tmp_path / "out" / "assets.extra" / "classes.json").read_text()) == ["O", "B", "I"]
    with pytest.raises(FileExistsError):
        tagger_saved_model(network, tokenizer, tmp_path / "out")
