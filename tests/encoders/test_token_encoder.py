import keras
import keras_nlp
import numpy as np
import pytest

from keras_transfer.encoders import sentence_encoder, text_transformer, token_encoder
from keras_transfer.transfer import load_model

ROWS = np.array([[2, 7, 8, 3, 0, 0], [2, 9, 3, 0, 0, 0]], "int32")


@pytest.mark.parametrize("pool", ["mean", "start"])
@pytest.mark.parametrize("kind", ["transformer", "bert"])
def test_what_was_pooled_is_found_in_a_saved_encoder(tmp_path, kind, pool):
    keras.utils.set_random_seed(0)
    if kind == "bert":
        backbone = keras_nlp.models.BertBackbone(20, 1, 2, 8, 16, max_sequence_length=6)
    else:
        backbone = text_transformer(20, 6, 1, 2, 8)
    sentence_encoder(backbone, 6, pool).save(tmp_path / "encoder.keras")
    encoder = load_model(tmp_path / "encoder.keras")
    vectors = keras.ops.convert_to_numpy(token_encoder(encoder)(ROWS))
    assert vectors.shape == (2, 6, 8)
    mask = (ROWS > 0)[..., None]
    expected = vectors[:, 0] if pool == "start" else (vectors * mask).sum(axis=1) / mask.sum(axis=1)
    np.testing.assert_allclose(encoder(ROWS), expected, atol=1e-5)


def test_an_encoder_without_a_sequence_is_named():
    inputs = keras.Input((6,))
    with pytest.raises(ValueError, match="Received: 'flat' with outputs of shape"):
        token_encoder(keras.Model(inputs, keras.layers.Dense(4)(inputs), name="flat"))
    sequence = keras.Input((6, 4))
    already = keras.Model(sequence, keras.layers.Dense(4)(sequence))
    assert token_encoder(already) is already
