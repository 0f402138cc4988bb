import keras
import numpy as np
import pytest
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

from keras_transfer.callbacks import FilledText
from keras_transfer.data import train_tokenizer
from keras_transfer.encoders import text_transformer
from keras_transfer.objectives import ELECTRA, MaskedLM

TEXTS = ["red blue green"] * 64
TOKENIZER = train_tokenizer(TEXTS, "wordpiece", 40)


def small_model(objective="masked", length=8):
    keras.utils.set_random_seed(0)
    encoder = text_transformer(TOKENIZER.vocabulary_size, length, 1, 2, 16, dropout=0.0)
    special = TOKENIZER.mask_id, TOKENIZER.special_ids
    if objective == "electra":
        model = ELECTRA(encoder, *special, length=length, generator=(1, 2, 8))
    else:
        model = MaskedLM(encoder, *special, mask_ratio=0.3)
    model.compile(keras.optimizers.Adam(2e-2))
    return model


def shown(folder):
    events = EventAccumulator(str(folder), size_guidance={"tensors": 0})
    events.Reload()
    return {event.step: event.tensor_proto.string_val[0].decode() for event in events.Tensors("filled in")}


class TestFilledText:
    @pytest.mark.parametrize("objective", ["masked", "electra"])
    def test_shows_what_the_model_learns_and_changes_nothing(self, tmp_path, objective):
        rows, weights = TOKENIZER.rows(TEXTS, 8), []
        look = FilledText(TOKENIZER, ["red blue green", "blue"], tmp_path, length=8, every=2)
        for looks in ([], [look]):
            model = small_model(objective)
            model.fit(rows, epochs=7, batch_size=16, verbose=0, shuffle=False, callbacks=looks)
            weights.append(model.get_weights())
        for one, other in zip(*weights, strict=True):
            np.testing.assert_array_equal(one, other)
        texts = shown(tmp_path)
        assert sorted(texts) == [1, 3, 5, 6]
        first, last = texts[1].strip(), texts[6].strip()
        assert first.count("[") == last.count("[") == 1
        hidden, put = last[last.index("[") + 1 : last.index("]")].split(": ")
        assert hidden == put

    def test_every_is_checked(self):
        with pytest.raises(ValueError, match="every=0"):
            FilledText(TOKENIZER, TEXTS, every=0)
