"""What objectives that predict tokens share."""

import keras
import tensorflow as tf

from keras_transfer.losses.vocabulary_cross_entropy import vocabulary_cross_entropy
from keras_transfer.metrics.bits_per_byte import BitsPerByte
from keras_transfer.metrics.perplexity import Perplexity
from keras_transfer.objectives.text_objective import TextObjective
from keras_transfer.objectives.token_rows import output_embeddings, token_embedding


@keras.saving.register_keras_serializable("keras_transfer")
class TokenObjective(TextObjective):
    """An objective that predicts tokens of a text with the encoder's own token embeddings as output layer.

    The loss is the mean over the tokens predicted in the whole batch, over all replicas, in nats. `fit` and `evaluate` show
    the perplexity as well, without label smoothing and z-loss, and bits per byte where `token_bytes` is given.

    Args:
        encoder: Model from tokens to one vector each: a backbone of keras-hub, or `encoders.text_transformer`. A model of
            your own takes token ids and names its embedding layer `token_embedding`.
        label_smoothing: As in `losses.vocabulary_cross_entropy`.
        z_loss: As in `losses.vocabulary_cross_entropy`.
        token_bytes: Bytes of text that each token stands for, to show bits per byte. Or None.
        **kwargs: `name`, `dtype`, as in `keras.Model`.

    Raises:
        ValueError: if the encoder does not give one vector a token, or its token embeddings are not to be found.
    """

    def __init__(self, encoder, label_smoothing=0.0, z_loss=0.0, token_bytes=None, **kwargs):
        super().__init__(encoder, **kwargs)
        self.vocabulary_size = token_embedding(type(self).__name__, encoder).input_dim
        if token_bytes is not None and len(token_bytes) != self.vocabulary_size:
            raise ValueError(
                f"`token_bytes` must hold one number for each of the encoder's {self.vocabulary_size} tokens. "
                f"Received: {len(token_bytes)} numbers"
            )
        self.label_smoothing, self.z_loss = label_smoothing, z_loss
        self.perplexity = Perplexity()
        self.bits_per_byte = None if token_bytes is None else BitsPerByte(token_bytes)

    def embeddings(self):
        """Weights of the output layer, `(vocabulary, width)`: those of the encoder's token embeddings."""
        return output_embeddings(token_embedding(type(self).__name__, self.encoder))

    def example_losses(self, inputs, outputs, labels=None):
        """Sum of the losses of each row's targets, `(batch,)`; of what `call` gives as `hidden` and `targets`."""
        return self.token_losses(outputs["hidden"], outputs["targets"])

    def example_counts(self, inputs, outputs, labels=None):
        """Number of targets in each row."""
        return tf.math.count_nonzero(outputs["targets"] >= 0, axis=1)

    def token_losses(self, hidden, targets, bias=None):
        """Sum of the losses of each row's tokens, `(batch,)`; metrics take note.

        Args:
            hidden: Floats of shape `(batch, tokens, width)`.
            targets: Integers of shape `(batch, tokens)`; negative ones are not counted.
            bias: Of the output layer, `(vocabulary,)`, or None.
        """
        flat = tf.reshape(targets, [-1])
        losses, likelihoods = vocabulary_cross_entropy(
            tf.reshape(hidden, [-1, hidden.shape[-1]]),
            self.embeddings(),
            flat,
            bias,
            self.label_smoothing,
            self.z_loss,
        )
        self.perplexity.update_state(likelihoods, flat >= 0)
        if self.bits_per_byte is not None:
            self.bits_per_byte.update_state(likelihoods, flat, flat >= 0)
        return tf.reduce_sum(tf.reshape(losses, tf.shape(targets)), axis=1)

    def logits(self, hidden, bias=None):
        """Scores of the whole vocabulary for some tokens, float32 `(..., vocabulary)`; for generation and predictions."""
        embeddings = tf.cast(self.embeddings(), tf.float32)
        scores = tf.matmul(tf.cast(hidden, tf.float32), embeddings, transpose_b=True)
        return scores if bias is None else scores + tf.cast(bias, tf.float32)

    def get_config(self):
        """Arguments of the constructor."""
        return {
            **super().get_config(),
            "label_smoothing": self.label_smoothing,
            "z_loss": self.z_loss,
            "token_bytes": None if self.bits_per_byte is None else self.bits_per_byte.token_bytes,
        }
