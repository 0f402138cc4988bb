"""Masked language modelling: fill in what was hidden."""

import keras
import numpy as np
import tensorflow as tf

from keras_transfer.objectives.mask_tokens import flags, mask_tokens
from keras_transfer.objectives.row_seeds import row_seeds
from keras_transfer.objectives.token_objective import TokenObjective


@keras.saving.register_keras_serializable("keras_transfer")
class MaskedLM(TokenObjective):
    """Foretell hidden tokens from those on both sides.

    Of the tokens that are neither special nor padding, `mask_ratio` are chosen anew for each batch; of those 80 % become
    the mask, 10 % a random token that is not special, and 10 % stay as they are. `evaluate` hides always the same ones. Only
    the chosen positions go through the output layer: a dense layer, GELU, layer norm, then the token embeddings and a bias.

    Args:
        encoder: Model from tokens to one vector each that sees both sides, such as `keras_nlp.models.BertBackbone` or
            `encoders.text_transformer`.
        mask_id: The token of the mask.
        special_ids: Tokens never chosen and never drawn: padding, start, end, unknown, and the mask itself.
        mask_ratio: Share of tokens chosen, `0 < mask_ratio < 1`.
        word_starts: Which tokens begin a word, booleans of shape `(vocabulary,)`, to choose words whole, as
            `TextTokenizer.word_starts` gives them. Or None.
        span_length: Mean number of tokens of a span, `>= 1`, to choose spans (of whole words with `word_starts`). Or None.
        **kwargs: `label_smoothing`, `z_loss`, `token_bytes`, as in `TokenObjective`; `name`, `dtype`, as in `keras.Model`.

    Trains on batches of `x` or `(x,)`: token ids of shape `(batch, length)`; or a dict of `token_ids` with a `padding_mask`, as
    `TextTokenizer.rows` gives them, or with `documents` for packed rows (see `data.pack`).

    Raises:
        ValueError: if a number is out of range, or every token is special.

    Example:
        >>> tokenizer = keras_transfer.data.TextTokenizer("bytes")
        >>> encoder = keras_nlp.models.BertBackbone(tokenizer.vocabulary_size, 2, 2, 64, 256, max_sequence_length=64)
        >>> model = keras_transfer.objectives.MaskedLM(encoder, tokenizer.mask_id, tokenizer.special_ids)
        >>> model.compile(keras.optimizers.AdamW(1e-3))
        >>> _ = model.fit(tokenizer.rows(texts, 64), batch_size=32, epochs=10)

    References:
        - [Devlin et al., 2019](https://arxiv.org/abs/1810.04805)
        - [Joshi et al., 2020](https://arxiv.org/abs/1907.10529): spans
    """

    def __init__(self, encoder, mask_id, special_ids, mask_ratio=0.15, word_starts=None, span_length=None, **kwargs):
        super().__init__(encoder, **kwargs)
        self.mask_id, self.special_ids = int(mask_id), sorted({int(token) for token in special_ids} | {int(mask_id)})
        self.mask_ratio, self.span_length = mask_ratio, span_length
        self.word_starts = None if word_starts is None else [bool(begins) for begins in word_starts]
        self.check()
        self.dense = keras.layers.Dense(self.width, activation="gelu", name="dense")
        self.norm = keras.layers.LayerNormalization(epsilon=1e-6, name="norm")
        self.dense.build((None, None, self.head_width()))
        self.norm.build((None, None, self.width))
        self.bias = self.add_weight(shape=(self.vocabulary_size,), initializer="zeros", name="bias")
        # Owned, not global: `Resume` saves the state of owned generators.
        self.seed_generator = keras.random.SeedGenerator()

    def head_width(self):
        """Width of the vectors that the output layer is fed."""
        return self.width

    def check(self):
        """Stop on arguments that fit neither their range nor the encoder's vocabulary."""
        if not 0 < self.mask_ratio < 1:
            raise ValueError(f"`mask_ratio` must be between 0 and 1. Received: mask_ratio={self.mask_ratio}")
        if self.span_length is not None and self.span_length < 1:
            raise ValueError(f"`span_length` must be >= 1. Received: span_length={self.span_length}")
        if self.special_ids[0] < 0 or self.special_ids[-1] >= self.vocabulary_size:
            raise ValueError(
                f"`mask_id` and `special_ids` must be tokens of the encoder, 0 to {self.vocabulary_size - 1}. "
                f"Received: {self.special_ids}"
            )
        if len(self.special_ids) == self.vocabulary_size:
            raise ValueError(f"Every one of the {self.vocabulary_size} tokens is special; none is left to hide.")
        if self.word_starts is not None and len(self.word_starts) != self.vocabulary_size:
            raise ValueError(
                f"`word_starts` must hold one value for each of the encoder's {self.vocabulary_size} tokens. "
                f"Received: {len(self.word_starts)} values"
            )

    def mask(self, rows, fresh):
        """Hidden token ids, positions and targets of a batch; see `mask_tokens`."""
        return self.mask_with(rows, row_seeds(self.seed_generator, rows["token_ids"], fresh=fresh))

    def mask_with(self, rows, seeds):
        """As `mask`, from given seeds, int32 of shape `(batch, 2)`."""
        special = flags(self.special_ids, self.vocabulary_size)
        return mask_tokens(
            rows,
            seeds,
            self.mask_ratio,
            special,
            np.flatnonzero(~special).astype(np.int32),
            self.mask_id,
            None if self.word_starts is None else np.array(self.word_starts),
            self.span_length,
        )

    def transform(self, vectors):
        """What the output layer multiplies with the token embeddings, of the vectors' shape."""
        return self.norm(self.dense(vectors))

    def call(self, inputs, training=None):
        """Dict of `hidden`, `(batch, places, width)`, and `targets`, `(batch, places)`, -1 where a place is not used."""
        rows = self.rows(inputs)
        token_ids, positions, targets = self.mask(rows, fresh=bool(training))
        vectors = self.encode({**rows, "token_ids": token_ids}, inputs, training)
        return {"hidden": self.transform(tf.gather(vectors, positions, batch_dims=1)), "targets": targets}

    def example_losses(self, inputs, outputs, labels=None):
        """Sum of the losses of each row's hidden tokens, `(batch,)`."""
        return self.token_losses(outputs["hidden"], outputs["targets"], self.bias)

    def fill(self, inputs):
        """Scores of the whole vocabulary at every place of rows that hold masks already, `(batch, length, vocabulary)`."""
        return self.logits(self.transform(self.encode(self.rows(inputs), inputs, training=False)), self.bias)

    def get_config(self):
        """Arguments of the constructor."""
        return {
            **super().get_config(),
            "mask_id": self.mask_id,
            "special_ids": self.special_ids,
            "mask_ratio": self.mask_ratio,
            "word_starts": self.word_starts,
            "span_length": self.span_length,
        }
