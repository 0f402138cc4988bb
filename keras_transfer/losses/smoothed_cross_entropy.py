"""Cross-entropy of integer classes, with targets that are not quite certain."""

import keras
from keras import ops


@keras.saving.register_keras_serializable("keras_transfer")
class SmoothedCrossEntropy(keras.losses.Loss):
    """Cross-entropy between integer classes and logits, with label smoothing.

    The target of a sample is `1 - label_smoothing` for its class plus `label_smoothing / classes` for every class. With few
    labels a network soon fits all of them; certain targets would then leave no gradient to learn from. Keras smooths one-hot
    targets alone, `keras.losses.SparseCategoricalCrossentropy` has no such argument.

    Args:
        label_smoothing: In `[0, 1)`; 0 is the plain cross-entropy.
        **kwargs: `reduction` and `name`, as in `keras.losses.Loss`.

    Call arguments: `y_true`: integers of shape `(...)` or `(..., 1)`, or probabilities of shape `(..., classes)`, as
    `data.mix_up` makes them; `y_pred`: logits of shape `(..., classes)`.

    Raises:
        ValueError: if `label_smoothing` is out of range.

    Example:
        >>> model.compile("adam", keras_transfer.losses.SmoothedCrossEntropy(0.1), metrics=["accuracy"])

    Reference: [Szegedy et al., 2016](https://arxiv.org/abs/1512.00567), section 7
    """

    def __init__(self, label_smoothing=0.1, name="smoothed_cross_entropy", **kwargs):
        super().__init__(name=name, **kwargs)
        if not 0 <= label_smoothing < 1:
            raise ValueError(
                f"`label_smoothing` must be 0 or more and below 1. Received: label_smoothing={label_smoothing}"
            )
        self.label_smoothing = label_smoothing

    def call(self, y_true, y_pred):
        """Losses of shape `y_pred.shape[:-1]`, float32."""
        logarithms = ops.log_softmax(ops.cast(y_pred, "float32"), axis=-1)
        if len(y_true.shape) == len(y_pred.shape) and y_true.shape[-1] != 1:
            own = ops.sum(ops.cast(y_true, "float32") * logarithms, axis=-1)
        else:
            classes = ops.reshape(ops.cast(y_true, "int32"), ops.shape(y_pred)[:-1])
            own = ops.take_along_axis(logarithms, classes[..., None], axis=-1)[..., 0]
        return -(1 - self.label_smoothing) * own - self.label_smoothing * ops.mean(logarithms, axis=-1)

    def get_config(self):
        """Arguments of the constructor."""
        return {**super().get_config(), "label_smoothing": self.label_smoothing}
