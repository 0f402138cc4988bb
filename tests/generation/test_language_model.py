import keras_nlp
import pytest

from keras_transfer import encoders
from keras_transfer.generation import CachedTransformer, language_model
from tests.generation.small_models import small_model


class TestLanguageModel:
    def test_has_the_encoders_own_weights(self):
        for kind, task in {"ours": CachedTransformer, "gpt2": keras_nlp.models.GPT2CausalLM}.items():
            encoder = small_model(kind).encoder
            model = language_model(encoder)
            assert type(model) is task
            assert {id(weight) for weight in model.weights} == {id(weight) for weight in encoder.weights}

    @pytest.mark.parametrize("kind", ["bert", "bidirectional"])
    def test_what_cannot_write_is_refused(self, kind):
        if kind == "bert":
            encoder = keras_nlp.models.BertBackbone(20, 1, 1, 8, 8, max_sequence_length=8)
        else:
            encoder = encoders.text_transformer(20, length=8, layers=1, heads=1, width=8)
        with pytest.raises(ValueError, match="causal"):
            language_model(encoder)
