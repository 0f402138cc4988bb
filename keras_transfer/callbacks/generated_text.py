"""What a language model writes while it is trained."""

from keras_transfer.callbacks.shown_text import ShownText
from keras_transfer.generation.generate import generate
from keras_transfer.generation.language_model import language_model


class GeneratedText(ShownText):
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

    tag = "generated"

    def __init__(self, tokenizer, prompts=("",), log_dir="logs", every=1, **kwargs):
        super().__init__(log_dir, every)
        self.tokenizer, self.prompts, self.options = tokenizer, list(prompts), kwargs
        self._writing = None

    def texts(self):
        """Each prompt, and what the model writes behind it."""
        if self._writing is None:
            self._writing = language_model(self.model.encoder)
        return generate(self._writing, self.tokenizer, self.prompts, **self.options)

    def on_train_end(self, logs=None):
        """Close the file of the texts."""
        super().on_train_end(logs)
        self._writing = None
