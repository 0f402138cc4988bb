"""Nearest neighbours, epoch by epoch."""

import numpy as np

from keras_transfer.callbacks.monitor import Monitor
from keras_transfer.metrics.knn_accuracy import knn_accuracy


class KNNMonitor(Monitor):
    """Log `knn_accuracy`, how often the nearest labelled neighbours tell an image's class; nothing is trained.

    Args:
        x: Labelled samples, as the encoder takes them. Some hundred are enough to see a pretraining work.
        y: Their classes, of any kind.
        validation_data: Pair `(x, y)` of samples to classify. None: each of `x` by all others.
        neighbours: How many vote.
        temperature: Of the votes; see `keras_transfer.metrics.knn_accuracy`.
        **kwargs: `every`, `encoder`, as in `callbacks.Monitor`.

    Raises:
        ValueError: if samples and classes are not as many.

    Example:
        >>> knn = keras_transfer.callbacks.KNNMonitor(x_labelled, y_labelled)
        >>> model.fit(views, epochs=100, callbacks=[knn, keras_transfer.callbacks.TensorBoard("logs")])

    References: [Wu et al., 2018](https://arxiv.org/abs/1805.01978); [Caron et al., 2021](https://arxiv.org/abs/2104.14294)
    """

    def __init__(self, x, y, validation_data=None, neighbours=20, temperature=0.07, **kwargs):
        super().__init__(**kwargs)
        self.known = check_labelled("x", x, y)
        self.asked = None if validation_data is None else check_labelled("validation_data", *validation_data)
        self.neighbours, self.temperature = neighbours, temperature

    def measure(self):
        """The accuracy."""
        sets = [self.known] if self.asked is None else [self.known, self.asked]
        arguments = [part for x, y in sets for part in (self.features(x), y)]
        accuracy = knn_accuracy(*arguments, neighbours=self.neighbours, temperature=self.temperature)
        return {"knn_accuracy": accuracy}


def check_labelled(name, x, y):
    """Samples and classes as arrays, if they are as many."""
    x, y = np.asarray(x), np.asarray(y)
    if y.shape != (len(x),):
        raise ValueError(
            f"`{name}` has {len(x)} samples, so their classes must have the shape ({len(x)},). Received: shape {y.shape}"
        )
    return x, y
