"""BART's denoising: write the whole text from a spoilt one."""

import keras
import tensorflow as tf

from keras_transfer.data.split_seeds import split_seeds
from keras_transfer.data.uniform import uniform
from keras_transfer.objectives.mask_tokens import flags, start_of_unit
from keras_transfer.objectives.seq2seq_objective import Seq2SeqObjective
from keras_transfer.objectives.spoil_spans import compact, hidden_spans


@keras.saving.register_keras_serializable("keras_transfer")
class DenoisingSeq2Seq(Seq2SeqObjective):
    """Put one mask for each of some spans and shuffle sentences; the decoder writes the text as it was.

    The decoder has to find out how many tokens a mask stands for. Spans have geometric lengths, where the paper draws Poisson
    ones, and none is empty.

    Args:
        encoder: As in `Seq2SeqObjective`.
        mask_id: The token of the mask.
        special_ids: As in `Seq2SeqObjective`; the mask counts among them.
        start_id: As in `Seq2SeqObjective`.
        mask_ratio: As in `Seq2SeqObjective`.
        span_length: As in `Seq2SeqObjective`.
        sentence_ends: Tokens that end a sentence (`.`, `?`, `!`), to shuffle sentences. Default: no shuffling.
        **kwargs: As in `Seq2SeqObjective`.

    Example:
        >>> backbone = keras_nlp.models.BartBackbone(8000, 2, 4, 128, 512, max_sequence_length=64)
        >>> model = keras_transfer.objectives.DenoisingSeq2Seq(backbone, mask_id=4, special_ids=range(5), start_id=2)
        >>> model.compile(keras.optimizers.AdamW(5e-4))
        >>> _ = model.fit(tokenizer.rows(texts, 64), batch_size=32)

    Reference: [Lewis et al., 2020](https://arxiv.org/abs/1910.13461)
    """

    def __init__(
        self, encoder, mask_id, special_ids, start_id, mask_ratio=0.3, span_length=3.0, sentence_ends=(), **kwargs
    ):
        super().__init__(encoder, start_id, {*special_ids, mask_id}, mask_ratio, span_length, **kwargs)
        self.mask_id, self.sentence_ends = int(mask_id), [int(token) for token in sentence_ends]

    def corrupt(self, rows, seeds):
        """The spoilt text, and the whole one."""
        for_spans, for_sentences = split_seeds(seeds, 2)
        tokens, real = rows["token_ids"], rows["documents"] > 0
        special = flags(self.special_ids, self.vocabulary_size)
        hidden, begins = hidden_spans(rows, for_spans, self.mask_ratio, special, self.span_length)
        read, kept = tf.where(begins, self.mask_id, tokens), real & (begins | ~hidden)
        if self.sentence_ends:
            order = self.shuffled(tokens, real, for_sentences)
            read, kept = tf.gather(read, order, batch_dims=1), tf.gather(kept, order, batch_dims=1)
        return compact(read, kept), compact(tokens, real)

    def shuffled(self, tokens, real, seeds):
        """An order of places in which sentences have changed theirs; special tokens stay where they are."""
        special = flags(self.special_ids, self.vocabulary_size)
        free = real & ~tf.gather(special, tokens)
        ends = tf.gather(flags(self.sentence_ends, self.vocabulary_size), tokens)
        begins = tf.pad(ends[:, :-1] | ~free[:, :-1], [[0, 0], [1, 0]], constant_values=True)
        scores = tf.gather(uniform(seeds, tf.shape(tokens)[1]), start_of_unit(begins), batch_dims=1)
        # The free places, in the order of their sentences' numbers, go to the free places from left to right.
        sentences = tf.argsort(tf.where(free, scores, 2.0), axis=1, stable=True)
        places = tf.argsort(tf.cast(~free, tf.int32), axis=1, stable=True)
        return tf.gather(sentences, tf.argsort(places, axis=1), batch_dims=1)

    def get_config(self):
        """Arguments of the constructor."""
        return {**super().get_config(), "mask_id": self.mask_id, "sentence_ends": self.sentence_ends}
