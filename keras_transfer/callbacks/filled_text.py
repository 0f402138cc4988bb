"""What a masked language model puts in hidden places while it is trained."""

import numpy as np
import tensorflow as tf

from keras_transfer.callbacks.shown_text import ShownText


class FilledText(ShownText):
    """Texts with some tokens hidden, and what `objectives.MaskedLM` or `ELECTRA` takes them for, in TensorBoard's tab TEXT.

    `the [cat: dog] sat on the [mat: mat]` says: where `cat` stood the model read a mask and would put `dog`; `mat` it found.
    The same places each time, so that what changes is the model. Nothing random in the training is touched.

    Args:
        tokenizer: The `data.TextTokenizer` the model is trained with.
        texts: List of strings.
        log_dir: Folder of the logs.
        length: Tokens of a text that are looked at.
        every: Epochs between two looks, `>= 1`; the last epoch is always shown.
        ratio: Share of tokens hidden, one of each text at least.
        seed: Of the choice of places.

    Raises:
        ValueError: if `every` is out of range.

    Example:
        >>> look = keras_transfer.callbacks.FilledText(tokenizer, ["The king spoke to the people."], "logs")
        >>> _ = objective.fit(rows, epochs=10, callbacks=[look])
    """

    tag = "filled in"

    def __init__(self, tokenizer, texts, log_dir="logs", length=48, every=1, ratio=0.15, seed=0):
        super().__init__(log_dir, every)
        self.tokenizer, self.whole, self.length = tokenizer, list(texts), length
        self.ratio, self.seed = ratio, seed

    def texts(self):
        """Each text with what was hidden and what was put there, a list of strings."""
        rows = self.tokenizer.rows(self.whole, self.length)
        tokens, special = rows["token_ids"], np.isin(rows["token_ids"], self.tokenizer.special_ids)
        hidden = np.stack([self._chosen(row, number) for number, row in enumerate(special)])
        read = {**rows, "token_ids": np.where(hidden, self.tokenizer.mask_id, tokens)}
        scores = np.array(self.model.fill({name: tf.constant(row) for name, row in read.items()}))
        scores[:, :, list(self.tokenizer.special_ids)] = -np.inf
        guesses = scores.argmax(axis=2)
        return [self._shown(*row) for row in zip(tokens, hidden, guesses, strict=True)]

    def _chosen(self, special, number):
        places = np.flatnonzero(~special)
        count = min(len(places), max(1, round(self.ratio * len(places))))
        chosen = np.zeros(len(special), bool)
        chosen[np.random.default_rng([self.seed, number]).choice(places, count, replace=False)] = True
        return chosen

    def _shown(self, tokens, hidden, guesses):
        decode, parts, since = self.tokenizer.decode, [], 0
        for place in np.flatnonzero(hidden):
            was, put = (decode([token]).strip() for token in (tokens[place], guesses[place]))
            parts += [decode(tokens[since:place]).strip(), f"[{was}: {put}]"]
            since = place + 1
        return " ".join(part for part in [*parts, decode(tokens[since:]).strip()] if part)
