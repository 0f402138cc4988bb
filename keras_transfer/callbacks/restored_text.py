"""What a denoising model makes of spoilt texts while it is trained."""

import numpy as np
import tensorflow as tf

from keras_transfer.callbacks.shown_text import ShownText
from keras_transfer.data.padded_rows import padded_rows
from keras_transfer.generation.language_model import language_model
from keras_transfer.generation.written_texts import rows_to_answer, written_texts

_GAP, _BECOMES = "[...]", "=>"


class RestoredText(ShownText):
    """Spoilt texts, and the whole ones that `objectives.DenoisingSeq2Seq` writes for them, in TensorBoard's tab TEXT.

    `the [...] sat on the [...] => the cat sat on the mat`. The same spoilt texts each time, so that what changes is the model.
    Nothing random in the training is touched.

    Args:
        tokenizer: The `data.TextTokenizer` the model is trained with.
        texts: List of strings.
        log_dir: Folder of the logs.
        length: Tokens of a text that are looked at, and tokens written; at most what the model reads.
        every: Epochs between two looks, `>= 1`; the last epoch is always shown.
        sampler: As in `generation.generate`.

    Raises:
        ValueError: if `every` is out of range.

    Example:
        >>> look = keras_transfer.callbacks.RestoredText(tokenizer, ["The king spoke to the people."], "logs")
        >>> _ = objective.fit(rows, epochs=10, callbacks=[look])
    """

    tag = "restored"

    def __init__(self, tokenizer, texts, log_dir="logs", length=48, every=1, sampler="greedy"):
        super().__init__(log_dir, every)
        self.tokenizer, self.whole, self.length, self.sampler = tokenizer, list(texts), length, sampler
        self._writing = None

    def texts(self):
        """Each text as it was spoilt, and what the model writes for it."""
        if self._writing is None:
            self._writing = language_model(self.model.encoder)
        spoilt = [row[row >= 0] for row in self._spoilt()]
        read = padded_rows(spoilt, len(spoilt), self.length, self.tokenizer.pad_id)
        rows = rows_to_answer(self.tokenizer, read, self.model.start_id, self.length)
        written = written_texts(self._writing, self.tokenizer, rows, self.sampler)
        return [f"{self._shown(row)} {_BECOMES} {text.strip()}" for row, text in zip(spoilt, written, strict=True)]

    def on_train_end(self, logs=None):
        """Close the file of the texts."""
        super().on_train_end(logs)
        self._writing = None

    def _spoilt(self):
        rows = self.model.rows(self.tokenizer.rows(self.whole, self.length))
        numbers = tf.range(len(self.whole))
        return self.model.corrupt(rows, tf.stack([numbers, numbers + 1], axis=1))[0].numpy()

    def _shown(self, spoilt):
        gaps = np.flatnonzero(spoilt == self.model.mask_id)
        return f" {_GAP} ".join(self.tokenizer.decode(part).strip() for part in np.split(spoilt, gaps)).strip()
