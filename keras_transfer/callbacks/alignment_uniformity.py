"""The two things contrastive objectives strive for, measured on the encoder."""

import numpy as np

from keras_transfer.callbacks.monitor import Monitor
from keras_transfer.metrics.alignment import alignment
from keras_transfer.metrics.uniformity import uniformity


class AlignmentUniformity(Monitor):
    """Log `embedding/alignment`, how near two views of a sample are, and `embedding/uniformity`, how evenly samples spread.

    Lower is better for both, and only both together mean something: a collapsed encoder is perfectly aligned. See
    `keras_transfer.metrics.alignment` and `keras_transfer.metrics.uniformity`.

    Args:
        first: One view of each sample, as the encoder takes it; two or more.
        second: Another view of the same samples.
        **kwargs: `every`, `encoder`, as in `callbacks.Monitor`.

    Raises:
        ValueError: if the views have different shapes, or there are fewer than two samples.

    Example:
        >>> ((first, second),) = next(iter(keras_transfer.data.two_views(images, 512)))
        >>> spread = keras_transfer.callbacks.AlignmentUniformity(first, second)
        >>> model.fit(views, epochs=100, callbacks=[spread, keras_transfer.callbacks.TensorBoard("logs")])

    Reference: [Wang and Isola, 2020](https://arxiv.org/abs/2005.10242)
    """

    def __init__(self, first, second, **kwargs):
        super().__init__(**kwargs)
        self.first, self.second = np.asarray(first), np.asarray(second)
        if self.first.shape != self.second.shape or len(self.first) < 2:
            raise ValueError(
                "`first` and `second` must be two views of the same samples, two or more. Received: shapes "
                f"{self.first.shape} and {self.second.shape}"
            )

    def measure(self):
        """Both numbers."""
        first, second = self.features(self.first), self.features(self.second)
        even = (uniformity(first) + uniformity(second)) / 2
        return {"embedding/alignment": alignment(first, second), "embedding/uniformity": even}
