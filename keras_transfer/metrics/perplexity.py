"""How many tokens a language model hesitates between."""

import keras
from keras import ops


@keras.saving.register_keras_serializable("keras_transfer")
class Perplexity(keras.metrics.Metric):
    """`exp` of the mean negative log likelihood over all tokens seen, not the mean of batches' perplexities.

    Unlike `keras_nlp.metrics.Perplexity` it takes likelihoods, not logits, so the logits of a large vocabulary need never be
    held.

    Args:
        name: Shown in the history.
        **kwargs: `dtype`, as in `keras.metrics.Metric`.

    Example:
        >>> metric = keras_transfer.metrics.Perplexity()
        >>> metric.update_state([np.log(4.0), np.log(9.0), 50.0], [True, True, False])
        >>> float(metric.result())  # sqrt(4 x 9)
        6.0
    """

    def __init__(self, name="perplexity", **kwargs):
        super().__init__(name=name, **kwargs)
        self.nats = self.add_variable((), "zeros", name="nats")
        self.tokens = self.add_variable((), "zeros", name="tokens")

    def update_state(self, likelihoods, counted):
        """Add tokens.

        Args:
            likelihoods: Negative log likelihoods of the right tokens, in nats, of any shape.
            counted: Which of them count, of the same shape.
        """
        counted = ops.cast(counted, self.dtype)
        self.nats.assign_add(ops.sum(ops.cast(likelihoods, self.dtype) * counted))
        self.tokens.assign_add(ops.sum(counted))

    def result(self):
        """The perplexity; 1 before the first token."""
        return ops.exp(self.nats / ops.maximum(self.tokens, 1.0))
