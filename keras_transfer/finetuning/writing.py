"""Write a text for a text: summaries, translations."""

import numpy as np

from keras_transfer.finetuning.task import Task
from keras_transfer.generation.language_model import language_model
from keras_transfer.generation.written_texts import rows_to_answer, written_texts
from keras_transfer.metrics.text_scores import text_scores
from keras_transfer.objectives.text_to_text import TextToText
from keras_transfer.transfer.copy_of import copy_of


class Writing(Task):
    """The task of writing the text that belongs to another one: its summary, its translation, whatever the pairs are.

    The encoder is one with a decoder, as `objectives.DenoisingSeq2Seq` or `SpanCorruption` has pretrained it. Samples are the
    rows of source and target, `(samples, 2, length)`, and `y` the rows of the targets, as `rows` makes both; a test set's `y` are
    the target texts themselves. Models are `objectives.TextToText`. Everything trains at once: the recipe is `full`. The search
    for a budget goes by the loss, the comparison by what is written: ROUGE-L decides, see `metrics.text_scores`.

    Args:
        tokenizer: The `data.TextTokenizer` the encoder was pretrained with.
        start_id: What the decoder reads first, as in pretraining; None: the start token.
        sampler: As in `generation.generate`.
        label_smoothing: Share of each target that is spread over all tokens.

    Raises:
        ImportError: if rouge-score or sacrebleu is missing, when texts are scored.

    Example:
        >>> task = keras_transfer.finetuning.Writing(tokenizer)
        >>> x, y = task.rows(articles, summaries, length=64)
        >>> model = task.network(pretrained.encoder)
        >>> _ = keras_transfer.finetuning.finetune(model, x, y, "full", task=task)
        >>> task.predict(model, x)[0]
    """

    can_probe = False

    def __init__(self, tokenizer, start_id=None, sampler="greedy", label_smoothing=0.1):
        self.tokenizer, self.sampler, self.label_smoothing = tokenizer, sampler, label_smoothing
        self.start_id = tokenizer.start_id if start_id is None else start_id

    def rows(self, sources, targets, length):
        """Rows of source and target, int32 `(pairs, 2, length)`, and the target's, `(pairs, length)`; longer texts are cut."""
        read, written = (self.tokenizer.rows(list(texts), length)["token_ids"] for texts in (sources, targets))
        return np.stack([read, written], axis=1), written

    def check(self, model, x, y):
        """Raise a `ValueError` if these are not rows of pairs."""
        if x.ndim != 3 or x.shape[1] != 2 or len(x) != len(y):
            raise ValueError(
                "`x` must hold rows of source and target, shape (samples, 2, length), and `y` as many samples. Received: shapes "
                f"{x.shape} and {y.shape}"
            )

    def network(self, encoder):
        """`objectives.TextToText` around a copy of the encoder."""
        return TextToText(copy_of(encoder), self.start_id, self.tokenizer.pad_id, label_smoothing=self.label_smoothing)

    def loss(self, label_smoothing):
        """None: the model brings its own."""
        return None

    def predict(self, model, x):
        """The texts that the model writes for the sources, a list of strings."""
        read = {"token_ids": x[:, 0], "padding_mask": (x[:, 0] != self.tokenizer.pad_id).astype(np.int32)}
        rows = rows_to_answer(self.tokenizer, read, self.start_id, x.shape[2])
        return written_texts(language_model(model.encoder), self.tokenizer, rows, self.sampler)

    def scores(self, y, outputs):
        """`metrics.text_scores` of the written texts.

        Args:
            y: The texts that were wanted, strings.
            outputs: The texts that were written.
        """
        return text_scores(y, outputs)

    def quality(self, model, x, y):
        """What the search for a budget goes by: the loss, the lower the better."""
        loss = model.evaluate(x, verbose=0, return_dict=True)["loss"]
        return (-float(loss) if np.isfinite(loss) else -np.inf,)
