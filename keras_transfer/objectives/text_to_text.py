"""Read one text, write another: summaries, translations."""

import keras
import tensorflow as tf

from keras_transfer.objectives.teacher_forcing import check_decoder, cut_to_longest, teacher_forced
from keras_transfer.objectives.token_objective import TokenObjective


@keras.saving.register_keras_serializable("keras_transfer")
class TextToText(TokenObjective):
    """An encoder reads a text, and a decoder writes the text that belongs to it; to fine-tune `DenoisingSeq2Seq`.

    The decoder is shown the text as far as it should have written it (teacher forcing). The loss is the mean over all
    tokens of the written texts of the whole batch, over all replicas.

    Args:
        encoder: Encoder and decoder in one, as in `Seq2SeqObjective`: `keras_nlp.models.BartBackbone`, `T5Backbone`.
        start_id: What the decoder reads first, as in pretraining: the start token, or padding for T5.
        pad_id: The token of padding.
        **kwargs: `label_smoothing`, `z_loss`, `token_bytes`, as in `TokenObjective`; `name`, `dtype`, as in `keras.Model`.

    Trains on batches of `x`, `(x,)` or `(x, y)`, whose `y` is not looked at: token ids of shape `(batch, 2, length)`, for each
    pair the source's row and the target's, as `tokenizer.rows` makes them.

    Raises:
        ValueError: if the encoder has no decoder, or a batch is of another shape.

    Example:
        >>> model = keras_transfer.objectives.TextToText(pretrained.encoder, tokenizer.start_id)
        >>> model.compile(keras.optimizers.AdamW(1e-3))
        >>> pairs = [tokenizer.rows(texts, 64)["token_ids"] for texts in (articles, summaries)]
        >>> _ = model.fit(np.stack(pairs, axis=1), batch_size=32, epochs=10)
        >>> texts = keras_transfer.generation.generate(model, tokenizer, articles, 64, "beam")

    Reference: [Sutskever et al., 2014](https://arxiv.org/abs/1409.3215), [Lewis et al., 2020](https://arxiv.org/abs/1910.13461)
    """

    def __init__(self, encoder, start_id, pad_id=0, **kwargs):
        super().__init__(encoder, **kwargs)
        check_decoder(type(self).__name__, encoder)
        self.start_id, self.pad_id = int(start_id), int(pad_id)
        self.supports_jit = False  # see `cut_to_longest`

    def call(self, inputs, training=None):
        """Dict of the decoder's `hidden`, `(batch, targets, width)`, and its `targets`, -1 for padding."""
        shape = getattr(inputs, "shape", ())
        if len(shape) != 3 or shape[1] != 2:
            raise ValueError(
                f"TextToText takes pairs of rows, of shape (batch, 2, length). Received shape: {tuple(shape)}"
            )
        tokens = tf.cast(inputs, tf.int32)
        read, targets = tf.unstack(tf.where(tokens == self.pad_id, -1, tokens), axis=1)
        # Rows of both are of one length; what is written is often much shorter.
        targets = cut_to_longest(targets)
        hidden = teacher_forced(self.encoder, read, targets, self.start_id, training)
        return {"hidden": hidden, "targets": targets}

    def get_config(self):
        """Arguments of the constructor."""
        return {**super().get_config(), "start_id": self.start_id, "pad_id": self.pad_id}
