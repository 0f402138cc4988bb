import keras_nlp
import pytest

from keras_transfer.encoders import is_causal, text_transformer


@pytest.mark.parametrize(
    ("make", "causal"),
    [
        (lambda: text_transformer(20, 6, 1, 2, 8), False),
        (lambda: text_transformer(20, 6, 1, 2, 8, causal=True), True),
        (lambda: keras_nlp.models.BertBackbone(20, 1, 2, 8, 16, max_sequence_length=6), False),
        (lambda: keras_nlp.models.GPT2Backbone(20, 1, 2, 8, 16, max_sequence_length=6), True),
    ],
)
def test_tells_who_looks_ahead(make, causal):
    assert is_causal(make()) is causal
