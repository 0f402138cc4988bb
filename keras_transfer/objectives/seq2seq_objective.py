"""What objectives that rebuild a text with an encoder and a decoder share."""

import keras

from keras_transfer.objectives.row_seeds import row_seeds
from keras_transfer.objectives.teacher_forcing import check_decoder, teacher_forced
from keras_transfer.objectives.token_objective import TokenObjective
from keras_transfer.objectives.token_rows import is_packed


@keras.saving.register_keras_serializable("keras_transfer")
class Seq2SeqObjective(TokenObjective):
    """Spoil each text, let the encoder read what is left and the decoder write what was lost.

    A subclass gives `corrupt`. `evaluate` spoils always in the same way.

    Args:
        encoder: Encoder and decoder in one, with keras-hub's four inputs: `keras_nlp.models.BartBackbone`, `T5Backbone`.
        start_id: What the decoder reads first: the start token, or padding for T5.
        special_ids: Tokens that are never spoilt: padding, start, end, and those that stand for spoilt text.
        mask_ratio: Share of tokens spoilt, `0 < mask_ratio < 1`.
        span_length: Mean number of tokens in a spoilt span, `>= 1`.
        **kwargs: `label_smoothing`, `z_loss`, `token_bytes`, as in `TokenObjective`; `name`, `dtype`, as in `keras.Model`.

    Trains on batches of `x` or `(x,)`: token ids of shape `(batch, length)`, or a dict of `token_ids` and `padding_mask`.

    Raises:
        ValueError: if a number is out of range, or the encoder lacks one of the four inputs.
    """

    def __init__(self, encoder, start_id, special_ids, mask_ratio, span_length, **kwargs):
        super().__init__(encoder, **kwargs)
        check_decoder(type(self).__name__, encoder)
        if not 0 < mask_ratio < 1 or not span_length >= 1:
            raise ValueError(
                "`mask_ratio` must be between 0 and 1, `span_length` >= 1. "
                f"Received: mask_ratio={mask_ratio}, span_length={span_length}"
            )
        self.start_id, self.special_ids = int(start_id), sorted({int(token) for token in special_ids})
        self.mask_ratio, self.span_length = mask_ratio, span_length
        # Owned, not global: `Resume` saves the state of owned generators.
        self.seed_generator = keras.random.SeedGenerator()

    def corrupt(self, rows, seeds):
        """What the encoder reads and what the decoder writes.

        Args:
            rows: Dict of `token_ids` and `documents`, int32 of shape `(batch, length)`.
            seeds: int32 of shape `(batch, 2)`.

        Returns:
            Two int32 tensors with a row each: the encoder's tokens and the decoder's targets, -1 for padding.
        """
        raise NotImplementedError(f"{type(self).__name__} must define `corrupt(rows, seeds)`.")

    def call(self, inputs, training=None):
        """Dict of the decoder's `hidden`, `(batch, targets, width)`, and its `targets`, -1 for padding."""
        if is_packed(inputs):
            raise ValueError(
                f"{type(self).__name__} takes one text a row, with a `padding_mask`. Received: `documents`"
            )
        rows = self.rows(inputs)
        read, targets = self.corrupt(rows, row_seeds(self.seed_generator, rows["token_ids"], fresh=bool(training)))
        hidden = teacher_forced(self.encoder, read, targets, self.start_id, training)
        return {"hidden": hidden, "targets": targets}

    def get_config(self):
        """Arguments of the constructor."""
        return {
            **super().get_config(),
            "start_id": self.start_id,
            "special_ids": self.special_ids,
            "mask_ratio": self.mask_ratio,
            "span_length": self.span_length,
        }
