"""Whether the encoder still tells its inputs apart."""

import warnings

import keras
import numpy as np

from keras_transfer.callbacks.monitor import Monitor
from keras_transfer.metrics.effective_rank import effective_rank
from keras_transfer.metrics.unit_length import unit_length


class CollapseMonitor(Monitor):
    """Log how embeddings spread, and warn when they have collapsed: pretraining then lowers its loss and learns nothing.

    `embedding/std` is the standard deviation of each number of the unit-length embeddings, averaged, times the root of their
    width: 1 when directions spread evenly, 0 when all inputs give one. `embedding/rank` is
    `keras_transfer.metrics.effective_rank` of the embeddings less their mean: of how many directions they make use. An objective
    with a `projector` has `projection/std` and `projection/rank` as well, of what its loss sees, where a collapse begins.

    Args:
        x: Samples, as the encoder takes them, two or more; best more than the encoder is wide. No labels.
        least_std: Smallest standard deviation that is no collapse, `>= 0`. Untrained encoders have some hundredths and more.
        least_rank: Smallest rank that is none, `>= 0`.
        warn_after: Optimizer steps before the first warning, `>= 0`: until then the moving statistics of batch norms, and with
            them all outputs in evaluation, mean little.
        **kwargs: `every`, `encoder`, as in `callbacks.Monitor`.

    Raises:
        ValueError: if there are fewer than two samples, or a number is out of range.

    Example:
        >>> collapse = keras_transfer.callbacks.CollapseMonitor(images[:512])
        >>> model.fit(views, epochs=100, callbacks=[collapse, keras_transfer.callbacks.TensorBoard("logs")])

    References: standard deviation: [Chen and He, 2020](https://arxiv.org/abs/2011.10566), section 4.1;
    rank: [Garrido et al., 2022](https://arxiv.org/abs/2210.02885)
    """

    def __init__(self, x, least_std=0.02, least_rank=1.5, warn_after=50, **kwargs):
        super().__init__(**kwargs)
        self.x = np.asarray(x)
        if len(self.x) < 2:
            raise ValueError(f"`x` must hold at least 2 samples, to compare them. Received: {len(self.x)}")
        for name, value in (("least_std", least_std), ("least_rank", least_rank), ("warn_after", warn_after)):
            if value < 0:
                raise ValueError(f"`{name}` must be >= 0. Received: {name}={value}")
        self.least_std, self.least_rank, self.warn_after = least_std, least_rank, warn_after
        self.collapsed = False

    def measure(self):
        """Spread and rank; a warning, once, when they fall below what is no collapse."""
        found = {"embedding": self.features(self.x)}
        projector = getattr(self.model, "projector", None) if self.encoder is None else None
        if projector is not None:
            projections = projector(found["embedding"], training=False)
            found["projection"] = keras.ops.convert_to_numpy(projections).astype(np.float32)
        spreads = {name: _spread(rows) for name, rows in found.items()}
        wrong = {}
        if int(self.model.optimizer.iterations.numpy()) >= self.warn_after:
            wrong = {name: s for name, s in spreads.items() if s[0] < self.least_std or s[1] < self.least_rank}
        if wrong and not self.collapsed:
            self._warn(wrong)
        self.collapsed = bool(wrong)
        return {f"{name}/{what}": n for name, s in spreads.items() for what, n in zip(("std", "rank"), s, strict=True)}

    def _warn(self, wrong):
        shown = ", ".join(
            f"{name}s with standard deviation {std:.3g} and rank {rank:.3g}" for name, (std, rank) in wrong.items()
        )
        warnings.warn(
            f"The training has collapsed: {shown}. A deviation of 1 is evenly spread, below {self.least_std:g} all inputs give "
            f"one vector; with a rank below {self.least_rank:g} all lie on a line. Lower the learning rate, weaken the views, or "
            "take another objective.",
            stacklevel=2,
        )


def _spread(rows):
    units = unit_length("x", rows)
    return float(units.std(axis=0).mean() * np.sqrt(units.shape[1])), effective_rank(rows - rows.mean(axis=0))
