import keras
import keras_nlp
import numpy as np
import pytest
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

from keras_transfer.callbacks import RestoredText
from keras_transfer.data import train_tokenizer
from keras_transfer.objectives import DenoisingSeq2Seq

TEXTS = ["red blue green white"] * 32
TOKENIZER = train_tokenizer(TEXTS, "wordpiece", 40)


def small_model():
    keras.utils.set_random_seed(0)
    backbone = keras_nlp.models.BartBackbone(TOKENIZER.vocabulary_size, 1, 2, 16, 32, 0.0, max_sequence_length=8)
    model = DenoisingSeq2Seq(backbone, TOKENIZER.mask_id, TOKENIZER.special_ids, TOKENIZER.start_id)
    model.compile(keras.optimizers.Adam(2e-2))
    return model


def shown(folder):
    events = EventAccumulator(str(folder), size_guidance={"tensors": 0})
    events.Reload()
    return {
        event.step: [text.decode().strip() for text in event.tensor_proto.string_val]
        for event in events.Tensors("restored")
    }


class TestRestoredText:
    def test_shows_what_the_model_learns_and_changes_nothing(self, tmp_path):
        rows, weights = TOKENIZER.rows(TEXTS, 8), []
        for looks in ([], [RestoredText(TOKENIZER, TEXTS[:3], tmp_path, length=8, every=4)]):
            model = small_model()
            model.fit(rows, epochs=9, batch_size=8, verbose=0, shuffle=False, callbacks=looks)
            weights.append(model.get_weights())
        for one, other in zip(*weights, strict=True):
            np.testing.assert_array_equal(one, other)
        texts = shown(tmp_path)
        assert sorted(texts) == [3, 7, 8]
        spoilt = [[text.split(" => ")[0] for text in texts[step]] for step in (3, 8)]
        assert spoilt[0] == spoilt[1]
        assert all("[...]" in text for text in spoilt[0])
        assert all(text.endswith("=> red blue green white") for text in texts[8])

    def test_every_is_checked(self):
        with pytest.raises(ValueError, match="every=0"):
            RestoredText(TOKENIZER, TEXTS, every=0)
