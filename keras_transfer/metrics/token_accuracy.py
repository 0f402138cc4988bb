"""Accuracy over the tokens that have a class."""

import keras
from keras import ops


@keras.saving.register_keras_serializable("keras_transfer")
class TokenAccuracy(keras.metrics.Metric):
    """Share of the counted tokens whose largest logit is that of their class, over all tokens seen.

    Args:
        name: Shown in the history.
        **kwargs: `dtype`, as in `keras.metrics.Metric`.

    Example:
        >>> model.compile("adam", keras_transfer.losses.TokenCrossEntropy(), metrics=[keras_transfer.metrics.TokenAccuracy()])
    """

    def __init__(self, name="token_accuracy", **kwargs):
        super().__init__(name=name, **kwargs)
        self.right = self.add_variable((), "zeros", name="right")
        self.counted = self.add_variable((), "zeros", name="counted")

    def update_state(self, y_true, y_pred, sample_weight=None):
        """Add a batch.

        Args:
            y_true: Integers of shape `(batch, tokens)`; negative ones are not counted.
            y_pred: Logits of shape `(batch, tokens, classes)`.
            sample_weight: Not used: a token counts or does not.
        """
        y_true = ops.cast(y_true, "int32")
        right = ops.cast(ops.argmax(y_pred, axis=-1), "int32") == y_true  # never of a negative class
        self.right.assign_add(ops.sum(ops.cast(right, self.dtype)))
        self.counted.assign_add(ops.sum(ops.cast(y_true >= 0, self.dtype)))

    def result(self):
        """The accuracy; 0 before the first token."""
        return self.right / ops.maximum(self.counted, 1.0)
