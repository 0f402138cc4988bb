"""What a language model writes while it is trained."""

import keras
import numpy as np
import tensorflow as tf

from keras_transfer.generation.generate import generate
from keras_transfer.generation.language_model import language_model


class GeneratedText(keras.callbacks.Callback):
    """Texts that the model of `objectives.CausalLM` writes at the end of epochs, in TensorBoard's tab TEXT.

    The same prompts and the same draws each time, so that what changes is the model. Nothing random in the training is touched.

    Args:
        tokenizer: The `data.TextTokenizer` the model is trained with.
        prompts: List of strings; an empty one is the beginning of a document.
        log_dir: Folder of the logs.
        every: Epochs between two looks, `>= 1`; the last epoch is always shown.
        **kwargs: `length`, `sampler`, `temperature`, `seed`, `begin`, as in `generation.generate`.

    Raises:
        ValueError: if `every` is out of range.

    Example:
        >>> look = keras_transfer.callbacks.GeneratedText(tokenizer, ["", "The king"], "logs", length=48)
        >>> _ = objective.fit(windows, epochs=10, callbacks=[look])
    """

    def __init__(self, tokenizer, prompts=("",), log_dir="logs", every=1, **kwargs):
        super().__init__()
        if every < 1:
            raise ValueError(f"`every` must be >= 1 epochs. Received: every={every}")
        self.tokenizer, self.prompts, self.log_dir = tokenizer, list(prompts), log_dir
        self.every, self.options = every, kwargs
        self._writer = self._model = None

    def on_epoch_end(self, epoch, logs=None):
        """Write, and show."""
        last = epoch + 1 >= self.params.get("epochs", 0)
        if (epoch + 1) % self.every and not last:
            return
        if self._writer is None:
            self._writer = tf.summary.create_file_writer(str(self.log_dir))
            self._model = language_model(self.model.encoder)
        texts = generate(self._model, self.tokenizer, self.prompts, **self.options)
        with self._writer.as_default():
            # Four spaces make TensorBoard's Markdown show a text as it is.
            shown = ["    " + text.replace("\n", "\n    ") for text in texts]
            tf.summary.text("generated", np.array(shown), step=epoch)
            self._writer.flush()

    def on_train_end(self, logs=None):
        """Close the file of the texts."""
        if self._writer is not None:
            self._writer.close()
            self._writer = self._model = None
