import keras
import numpy as np
import pytest
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

from keras_transfer.callbacks import GeneratedText
from keras_transfer.generation import generate
from tests.generation.small_models import TOKENIZER, small_model


def shown(folder):
    events = EventAccumulator(str(folder), size_guidance={"tensors": 0})
    events.Reload()
    return {
        event.step: [text.decode() for text in event.tensor_proto.string_val] for event in events.Tensors("generated")
    }


class TestGeneratedText:
    def test_shows_what_the_model_writes_and_changes_nothing(self, tmp_path):
        rows = np.random.default_rng(0).integers(5, 60, (8, 12)).astype(np.int32)
        weights = []
        for looks in ([], [GeneratedText(TOKENIZER, ["a", ""], tmp_path, every=2, length=10, seed=3)]):
            model = small_model()
            model.compile(keras.optimizers.Adam(1e-3))
            model.fit(rows, epochs=3, batch_size=4, verbose=0, shuffle=False, callbacks=looks)
            weights.append(model.get_weights())
        for one, other in zip(*weights, strict=True):
            np.testing.assert_array_equal(one, other)
        texts = shown(tmp_path)
        assert sorted(texts) == [1, 2]
        expected = generate(model, TOKENIZER, ["a", ""], length=10, seed=3)
        assert [text.replace("\n    ", "\n").removeprefix("    ") for text in texts[2]] == expected

    def test_every_is_checked(self):
        with pytest.raises(ValueError, match="every=0"):
            GeneratedText(TOKENIZER, every=0)
