"""The loss of objectives that predict one embedding from another."""

import keras
from keras import ops

from keras_transfer.losses.embeddings import check_pair, unit_rows


@keras.saving.register_keras_serializable("keras_transfer")
class NegativeCosine(keras.losses.Loss):
    """Turn embeddings towards their targets: `-cos(y_true, y_pred)`, within -1..1.

    Unlike `keras.losses.CosineSimilarity`, whose gradient is of the order of 10 million at a row of zeros (the output of a
    predictor whose hidden units are all switched off for a sample), a row without a direction has no gradient here.

    Args:
        **kwargs: `reduction` and `name`, as in `keras.losses.Loss`.

    Call arguments: `y_true`, `y_pred`: floats of shape `(batch, d)`, of any length.

    Example:
        >>> float(keras_transfer.losses.NegativeCosine()([[2.0, 0.0]], [[5.0, 0.0]]))
        -1.0
    """

    def __init__(self, name="negative_cosine", **kwargs):
        super().__init__(name=name, **kwargs)

    def call(self, y_true, y_pred):
        """Losses of shape `(batch,)`."""
        y_true, y_pred = check_pair(type(self).__name__, y_true, y_pred)
        return -ops.sum(unit_rows(y_true) * unit_rows(y_pred), axis=-1)
