"""How well a language model would compress its text."""

import math

import keras
import numpy as np
from keras import ops


@keras.saving.register_keras_serializable("keras_transfer")
class BitsPerByte(keras.metrics.Metric):
    """Negative log likelihood in bits, divided by the bytes of text that the tokens stand for.

    Perplexities of models with different tokenizers cannot be compared; bits per byte can.

    Args:
        token_bytes: Bytes of UTF-8 that each token of the vocabulary stands for, 0 for special tokens.
        name: Shown in the history.
        **kwargs: `dtype`, as in `keras.metrics.Metric`.

    Example:
        >>> metric = keras_transfer.metrics.BitsPerByte(token_bytes=[0, 1, 3])
        >>> metric.update_state([np.log(2.0), np.log(8.0)], tokens=[1, 2], counted=[True, True])
        >>> float(metric.result())  # 4 bits for 4 bytes
        1.0
    """

    def __init__(self, token_bytes, name="bits_per_byte", **kwargs):
        super().__init__(name=name, **kwargs)
        self.token_bytes = [int(count) for count in token_bytes]
        if not self.token_bytes or min(self.token_bytes) < 0:
            raise ValueError(f"`token_bytes` must be one number >= 0 a token. Received: {self.token_bytes[:10]}")
        self.bits = self.add_variable((), "zeros", name="bits")
        self.bytes = self.add_variable((), "zeros", name="bytes")

    def update_state(self, likelihoods, tokens, counted):
        """Add tokens.

        Args:
            likelihoods: Negative log likelihoods of the right tokens, in nats, of any shape.
            tokens: The right tokens, integers of the same shape; what is not counted may be anything.
            counted: Which of them count, of the same shape.
        """
        counted = ops.cast(counted, self.dtype)
        sizes = ops.take(np.asarray(self.token_bytes, self.dtype), ops.maximum(tokens, 0))
        self.bits.assign_add(ops.sum(ops.cast(likelihoods, self.dtype) * counted) / math.log(2))
        self.bytes.assign_add(ops.sum(sizes * counted))

    def result(self):
        """Bits per byte; 0 before the first token."""
        return self.bits / ops.maximum(self.bytes, 1.0)

    def get_config(self):
        """Arguments of the constructor."""
        return {**super().get_config(), "token_bytes": self.token_bytes}
