"""Whether the encoder still tells its inputs apart."""

import warnings

import numpy as np

from keras_transfer.callbacks.monitor import Monitor
from keras_transfer.metrics.effective_rank import effective_rank
from keras_transfer.metrics.unit_length import unit_length


class CollapseMonitor(Monitor):
    """Log how embeddings spread, and warn when they have collapsed: pretraining then lowers its loss and learns nothing.

    `embedding/std` is the standard deviation of each number of the unit-length embeddings, averaged, times the root of their
    width: 1 when directions spread evenly, 0 when all inputs give one. `embedding/rank` is
    `keras_transfer.metrics.effective_rank` of the embeddings less their mean: of how many directions they make use.

    Args:
        x: Samples, as the encoder takes them, two or more; best more than the encoder is wide. No labels.
        least_std: Smallest `embedding/std` that is no collapse, `>= 0`.
        least_rank: Smallest `embedding/rank` that is none, `>= 0`.
        **kwargs: `every`, `encoder`, as in `callbacks.Monitor`.

    Raises:
        ValueError: if there are fewer than two samples, or a number is out of range.

    Example:
        >>> collapse = keras_transfer.callbacks.CollapseMonitor(images[:512])
        >>> model.fit(views, epochs=100, callbacks=[collapse, keras_transfer.callbacks.TensorBoard("logs")])

    References: standard deviation: [Chen and He, 2020](https://arxiv.org/abs/2011.10566), section 4.1;
    rank: [Garrido et al., 2022](https://arxiv.org/abs/2210.02885)
    """

    def __init__(self, x, least_std=0.05, least_rank=2.0, **kwargs):
        super().__init__(**kwargs)
        self.x = np.asarray(x)
        if len(self.x) < 2:
            raise ValueError(f"`x` must hold at least 2 samples, to compare them. Received: {len(self.x)}")
        for name, value in (("least_std", least_std), ("least_rank", least_rank)):
            if value < 0:
                raise ValueError(f"`{name}` must be >= 0. Received: {name}={value}")
        self.least_std, self.least_rank = least_std, least_rank
        self.collapsed = False

    def measure(self):
        """Spread and rank; a warning, once, when they fall below what is no collapse."""
        features = self.features(self.x)
        rows = unit_length("x", features)
        std = float(rows.std(axis=0).mean() * np.sqrt(rows.shape[1]))
        rank = effective_rank(features - features.mean(axis=0))
        collapsed = std < self.least_std or rank < self.least_rank
        if collapsed and not self.collapsed:
            warnings.warn(
                f"The embeddings have collapsed: standard deviation {std:.3g} (1 is evenly spread, below {self.least_std:g} is "
                f"collapse), effective rank {rank:.3g} (below {self.least_rank:g} is collapse). The encoder hardly tells its "
                "inputs apart. Lower the learning rate, weaken the views, or take another objective.",
                stacklevel=2,
            )
        self.collapsed = collapsed
        return {"embedding/std": std, "embedding/rank": rank}
