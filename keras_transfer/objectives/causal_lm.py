"""Causal language modelling: predict each next token."""

import keras
import tensorflow as tf

from keras_transfer.objectives.token_objective import TokenObjective


@keras.saving.register_keras_serializable("keras_transfer")
class CausalLM(TokenObjective):
    """Predict each token from those before it.

    Args:
        encoder: Causal model from tokens to one vector each, such as `keras_nlp.models.GPT2Backbone`, `LlamaBackbone` or
            `encoders.text_transformer(..., causal=True)`.
        **kwargs: `label_smoothing`, `z_loss`, `token_bytes`, as in `TokenObjective`; `name`, `dtype`, as in `keras.Model`.

    Trains on batches of `x` or `(x,)`: token ids of shape `(batch, length + 1)`, of which the encoder reads the first
    `length` and the last `length` are predicted, as `data.token_windows` yields them; or a dict of `token_ids` with a
    `padding_mask`, or with `documents` for packed rows (see `data.pack`): nothing is predicted across documents.

    Example:
        >>> encoder = keras_nlp.models.GPT2Backbone(256, 4, 4, 128, 512, dropout=0.0, max_sequence_length=64)
        >>> model = keras_transfer.objectives.CausalLM(encoder)
        >>> model.compile(keras.optimizers.AdamW(1e-3))
        >>> _ = model.fit(keras_transfer.data.token_windows(tokens, 64, batch_size=12), epochs=10)

    Reference: [Radford et al., 2019](https://cdn.openai.com/better-language-models/language_models_are_unsupervised_multitask_learners.pdf)
    """

    def call(self, inputs, training=None):
        """Vectors of all tokens but each row's last, `(batch, length, width)`: each is to foretell the next token."""
        read = {key: value[:, :-1] for key, value in self.rows(inputs).items()}
        return self.encode(read, inputs, training)

    def example_losses(self, inputs, outputs, labels=None):
        """Sum of the losses of each row's tokens, `(batch,)`."""
        return self.token_losses(outputs, self.targets(inputs))

    def example_counts(self, inputs, outputs, labels=None):
        """Number of tokens predicted in each row."""
        return tf.math.count_nonzero(self.targets(inputs) >= 0, axis=1)

    def targets(self, inputs):
        """What each token is followed by, `(batch, length)`; -1 where that is padding or another document."""
        rows = self.rows(inputs)
        documents = rows["documents"]
        goes_on = (documents[:, 1:] > 0) & (documents[:, 1:] == documents[:, :-1])
        return tf.where(goes_on, rows["token_ids"][:, 1:], -1)
