import keras
import keras_nlp
import pytest

from keras_transfer.data import TextTokenizer
from keras_transfer.finetuning import Writing, finetune

TOKENIZER = TextTokenizer("bytes")
PAIRS = [("aa", "bb"), ("cc", "d")]
SOURCES, TARGETS = zip(*PAIRS, strict=True)


def backbone():
    keras.utils.set_random_seed(0)
    return keras_nlp.models.BartBackbone(TOKENIZER.vocabulary_size, 1, 2, 16, 32, dropout=0.0, max_sequence_length=6)


class TestWriting:
    def test_writes_what_it_has_learnt(self):
        task = Writing(TOKENIZER, label_smoothing=0.0)
        x, y = task.rows(SOURCES, TARGETS, 6)
        model = task.network(backbone())
        history = finetune(model, x, y, "full", epochs=60, learning_rate=5e-3, batch_size=2, task=task, verbose=0)
        assert task.quality(history.model, x, y)[0] > -history.history["loss"][0]
        written = task.predict(history.model, x)
        assert set(written) <= set(TARGETS)
        assert task.scores(written, written)["rouge_l"] == 1

    def test_what_does_not_fit_is_named(self):
        task = Writing(TOKENIZER)
        x, y = task.rows(SOURCES, TARGETS, 6)
        with pytest.raises(ValueError, match=r"shape \(samples, 2, length\).*\(2, 6\)"):
            finetune(task.network(backbone()), x[:, 0], y, "full", task=task)
        with pytest.raises(ValueError, match="'lora' begins with a probe, and Writing has no head"):
            finetune(task.network(backbone()), x, y, "lora", task=task)
