"""Cross-entropy of where an answer begins and where it ends."""

import keras
from keras import ops

from keras_transfer.distribution.gather import sum_over_replicas
from keras_transfer.losses.smoothed_cross_entropy import SmoothedCrossEntropy


@keras.saving.register_keras_serializable("keras_transfer")
class SpanCrossEntropy(SmoothedCrossEntropy):
    """Mean of the cross-entropies of an answer's first and last token, over all rows of the whole batch, over all replicas.

    Both softmaxes are over the tokens of a row where an answer can begin and end, and nothing else: neither the
    question nor padding.

    Args:
        label_smoothing: Share of each target that is spread over all tokens where an answer can begin or end, in `[0,
            1)`.
        **kwargs: `name`, as in `keras.losses.Loss`.

    Call arguments: `y_true`: integers of shape `(batch, tokens)`, as `data.question_rows` makes them: negative where
    no answer can begin or end, else 0, 1 added at its first token and 2 at its last; rows without both are not
    counted; `y_pred`: logits of shape `(batch, tokens, 2)`, of beginnings and ends; `sample_weight`: `(batch,)`, by
    which losses are multiplied.

    Returns:
        A float32 scalar, in nats; 0 where no row is counted.

    Raises:
        ValueError: if `label_smoothing` is out of range.

    Example:
        >>> model.compile("adam", keras_transfer.losses.SpanCrossEntropy())

    Reference: [Devlin et al., 2018](https://arxiv.org/abs/1810.04805), section 4.2
    """

    def __init__(self, label_smoothing=0.0, name="span_cross_entropy", **kwargs):
        super().__init__(label_smoothing, name=name, **kwargs)

    def __call__(self, y_true, y_pred, sample_weight=None):
        """The loss. Keras would divide it by the rows of a replica, counted or not."""
        y_true = ops.cast(y_true, "int32")
        possible = ops.cast(y_true >= 0, "float32")
        # 1 is in 1 and 3, 2 in 2 and 3.
        targets = ops.cast(ops.stack([y_true % 2 == 1, y_true >= 2], axis=-1), "float32") * possible[..., None]
        counted = ops.cast(ops.all(ops.sum(targets, axis=1) > 0, axis=-1), "float32")
        weights = counted if sample_weight is None else counted * ops.cast(sample_weight, "float32")
        total = sum_over_replicas(ops.sum(counted))
        return ops.sum(self._of_rows(targets, possible, y_pred) * weights) / ops.maximum(total, 1.0)

    def _of_rows(self, targets, possible, logits):
        """Losses `(batch,)`, float32."""
        inside = possible[..., None] > 0
        logits = ops.where(inside, ops.cast(logits, "float32"), 0.0)
        # Shifted by the largest that counts: exponentials of the others, however large, are never taken.
        largest = ops.max(ops.where(inside, logits, -3e38), axis=1, keepdims=True)
        logits = ops.where(inside, logits - ops.stop_gradient(largest), 0.0)
        total = ops.sum(ops.where(inside, ops.exp(logits), 0.0), axis=1, keepdims=True)
        logarithms = ops.where(inside, logits - ops.log(ops.maximum(total, 1.0)), 0.0)
        spread = possible[..., None] / ops.maximum(ops.sum(possible, axis=1, keepdims=True), 1.0)[..., None]
        wanted = (1 - self.label_smoothing) * targets + self.label_smoothing * spread
        return -ops.mean(ops.sum(wanted * logarithms, axis=1), axis=-1)
