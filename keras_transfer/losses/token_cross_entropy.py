"""Cross-entropy of the tokens that have a class, whatever share of a row they are."""

import keras
from keras import ops

from keras_transfer.distribution.gather import sum_over_replicas
from keras_transfer.losses.smoothed_cross_entropy import SmoothedCrossEntropy


@keras.saving.register_keras_serializable("keras_transfer")
class TokenCrossEntropy(SmoothedCrossEntropy):
    """Mean cross-entropy over the counted tokens of the whole batch, over all replicas, with label smoothing.

    Keras divides the loss of a row by its length, padding and all: short texts would count less, and the loss would depend on
    how long rows are. Here it is the sum over the tokens that have a class, divided by how many these are on all replicas.

    Args:
        label_smoothing: As in `losses.SmoothedCrossEntropy`.
        **kwargs: `name`, as in `keras.losses.Loss`.

    Call arguments: `y_true`: integers of shape `(batch, tokens)`, negative ones are not counted; `y_pred`: logits of shape
    `(batch, tokens, classes)`; `sample_weight`: `(batch,)` or `(batch, tokens)`, by which losses are multiplied.

    Returns:
        A float32 scalar, in nats; 0 where no token is counted.

    Example:
        >>> model.compile("adam", keras_transfer.losses.TokenCrossEntropy(0.1))
    """

    def __init__(self, label_smoothing=0.1, name="token_cross_entropy", **kwargs):
        super().__init__(label_smoothing, name=name, **kwargs)

    def __call__(self, y_true, y_pred, sample_weight=None):
        """The loss. Keras would ask for one a row and divide by what it cannot know."""
        y_true = ops.cast(y_true, "int32")
        weights = ops.cast(y_true >= 0, "float32")
        counted = sum_over_replicas(ops.sum(weights))
        if sample_weight is not None:
            sample_weight = ops.cast(sample_weight, "float32")
            weights *= sample_weight if len(sample_weight.shape) == 2 else sample_weight[:, None]
        return ops.sum(self.call(ops.maximum(y_true, 0), y_pred) * weights) / ops.maximum(counted, 1.0)
