"""Find the text that belongs to a text: the answer to a question, the body to a title."""

import keras
import numpy as np
from keras import ops

from keras_transfer.evaluation.recall_at import recall_at
from keras_transfer.finetuning.task import Task
from keras_transfer.losses.pair_contrast import PairContrast
from keras_transfer.transfer.copy_of import copy_of
from keras_transfer.transfer.features import features


class Retrieval(Task):
    """The task of finding, among all second texts, the one that belongs to a first one, and the other way round.

    The encoder turns rows of tokens into vectors, as `encoders.sentence_encoder` does. Samples are the rows of both texts,
    `(pairs, 2, length)`; `y` says which texts are the same, `(pairs, 2)`, for a text may belong to several: `rows` makes both.
    Trained is by the contrast with all other pairs of a batch (supervised SimCSE), everything at once: the recipe is `full`.

    Args:
        temperature: Of the loss, `> 0`.
        ks: Numbers of the nearest that a search shows; the first decides.

    Example:
        >>> task = keras_transfer.evaluation.Retrieval()
        >>> x, y = task.rows(tokenizer, [("Who wrote it?", "Ada did."), ("Where?", "In London.")], length=32)
        >>> model = task.network(encoder)
        >>> _ = keras_transfer.finetuning.finetune(model, x, y, "full", task=task)
        >>> embedder = task.encoder_of(model)  # rows to vectors

    Reference: [Gao et al., 2021](https://arxiv.org/abs/2104.08821)
    """

    can_probe = False

    def __init__(self, temperature=0.05, ks=(1, 5, 10)):
        self.temperature, self.ks = temperature, tuple(ks)

    def rows(self, tokenizer, pairs, length):
        """Rows of both texts, int32 `(pairs, 2, length)`, and the numbers of the texts on each side, `(pairs, 2)`."""
        sides = [list(side) for side in zip(*pairs, strict=True)]
        rows = np.stack([tokenizer.rows(side, length)["token_ids"] for side in sides], axis=1)
        return rows, np.stack([np.unique(side, return_inverse=True)[1] for side in sides], axis=1)

    def check(self, model, x, y):
        """Raise a `ValueError` if these are not rows of pairs."""
        if x.ndim != 3 or x.shape[1] != 2 or y.shape != (len(x), 2):
            raise ValueError(
                "`x` must hold rows of both texts, shape (pairs, 2, length), and `y` their numbers, (pairs, 2). Received: shapes "
                f"{x.shape} and {y.shape}"
            )

    def network(self, encoder):
        """A copy of the encoder, on both texts of each pair: vectors `(pairs, 2, width)`."""
        twin, rows = copy_of(encoder), keras.Input((2, *encoder.input_shape[1:]), dtype=encoder.inputs[0].dtype)
        return keras.Model(rows, ops.stack([twin(rows[:, 0]), twin(rows[:, 1])], axis=1), name="pairs")

    def encoder_of(self, model):
        """The encoder in a model that `network` made."""
        return next(layer for layer in model.layers if isinstance(layer, keras.Model))

    def loss(self, label_smoothing):
        """Contrast in both directions."""
        return PairContrast(self.temperature)

    def predict(self, model, x):
        """Unit vectors, float32 `(pairs, 2, width)`."""
        vectors = features(model, x).reshape(len(x), 2, -1)
        return vectors / np.maximum(np.linalg.norm(vectors, axis=2, keepdims=True), 1e-9)

    def scores(self, y, outputs):
        """Shares of searches that find an own text among the `k` nearest, the mean of both directions: `recall_at_1` and so on.

        Args:
            y: Numbers of the texts, `(pairs, 2)`.
            outputs: Unit vectors `(pairs, 2, width)`, or how alike each first text is to each pair's second, `(pairs, pairs)`.
        """
        (rows, firsts), (columns, seconds) = (
            np.unique(side, return_index=True, return_inverse=True)[1:] for side in y.T
        )
        if outputs.ndim == 3:
            alike = outputs[rows, 0] @ outputs[columns, 1].T
        else:
            alike = outputs[np.ix_(rows, columns)]
        own = np.unique(np.stack([firsts, seconds], axis=1), axis=0)
        there = recall_at(alike, np.eye(len(columns)), self.ks, own)
        back = recall_at(alike.T, np.eye(len(rows)), self.ks, own[:, ::-1])
        return {f"recall_at_{k}": (there[k] + back[k]) / 2 for k in self.ks}

    def judged(self, y, outputs):
        """The scores, one after the other; vectors that are not finite are as bad as can be."""
        return tuple(self.scores(y, np.nan_to_num(outputs)).values())

    def majority(self, y, test_y):
        """All vectors alike: what chance scores."""
        return np.ones((len(test_y), 2, 1))
