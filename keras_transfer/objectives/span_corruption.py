"""T5's span corruption: write what was cut out, span by span."""

import keras
import tensorflow as tf

from keras_transfer.objectives.mask_tokens import flags
from keras_transfer.objectives.seq2seq_objective import Seq2SeqObjective
from keras_transfer.objectives.spoil_spans import compact, hidden_spans
from keras_transfer.objectives.teacher_forcing import cut_to_longest


@keras.saving.register_keras_serializable("keras_transfer")
class SpanCorruption(Seq2SeqObjective):
    """Cut spans out of a text, leaving a different sentinel for each; the decoder writes each sentinel with its span.

    From `thank you for inviting me last week` the encoder may read `thank you <X> me <Y> week`, and the decoder writes
    `<X> for inviting <Y> last <Z>`: the last sentinel ends the text.

    Args:
        encoder: As in `Seq2SeqObjective`.
        sentinel_ids: Tokens kept for this, in their order. A row has at most one span less than there are sentinels.
        special_ids: As in `Seq2SeqObjective`; the sentinels count among them.
        start_id: As in `Seq2SeqObjective`; T5's is padding.
        mask_ratio: As in `Seq2SeqObjective`.
        span_length: As in `Seq2SeqObjective`.
        **kwargs: As in `Seq2SeqObjective`.

    Example:
        >>> backbone = keras_nlp.models.T5Backbone(8000, 4, 4, 128, 512)
        >>> model = keras_transfer.objectives.SpanCorruption(backbone, range(7900, 8000), special_ids=range(5))
        >>> model.compile(keras.optimizers.AdamW(1e-3))
        >>> _ = model.fit(tokenizer.rows(texts, 64), batch_size=32)

    Reference: [Raffel et al., 2020](https://arxiv.org/abs/1910.10683), section 3.1.4
    """

    def __init__(self, encoder, sentinel_ids, special_ids, start_id=0, mask_ratio=0.15, span_length=3.0, **kwargs):
        self.sentinel_ids = [int(token) for token in sentinel_ids]
        if len(self.sentinel_ids) < 2:
            raise ValueError(f"`sentinel_ids` must be at least 2 tokens. Received: {self.sentinel_ids}")
        super().__init__(encoder, start_id, {*special_ids, *self.sentinel_ids}, mask_ratio, span_length, **kwargs)
        self.supports_jit = False  # see `cut_to_longest`

    def corrupt(self, rows, seeds):
        """The text with sentinels for spans, and the spans behind their sentinels."""
        tokens, real = rows["token_ids"], rows["documents"] > 0
        special = flags(self.special_ids, self.vocabulary_size)
        hidden, begins = hidden_spans(rows, seeds, self.mask_ratio, special, self.span_length)
        number = tf.cumsum(tf.cast(begins, tf.int32), axis=1) - 1
        # Spans for which there is no sentinel stay as they are; the last sentinel is for the end.
        hidden &= number < len(self.sentinel_ids) - 1
        begins &= hidden
        sentinels = tf.gather(self.sentinel_ids, tf.clip_by_value(number, 0, len(self.sentinel_ids) - 1))
        read = compact(tf.where(begins, sentinels, tokens), real & (begins | ~hidden))
        spans = tf.math.count_nonzero(begins, axis=1, keepdims=True, dtype=tf.int32)
        # Each place may give two targets: a sentinel, and the token itself; the end comes behind them all.
        both = tf.reshape(tf.stack([sentinels, tokens], axis=2), [tf.shape(tokens)[0], -1])
        kept = tf.reshape(tf.stack([begins, hidden], axis=2), tf.shape(both))
        both = tf.concat([both, tf.gather(self.sentinel_ids, spans)], axis=1)
        targets = compact(both, tf.pad(kept, [[0, 0], [0, 1]], constant_values=True))
        return read, cut_to_longest(targets)

    def get_config(self):
        """Arguments of the constructor."""
        return {**super().get_config(), "sentinel_ids": self.sentinel_ids}
