"""A short rise and a long fall."""

import keras
from keras import ops

from keras_transfer.optimizers.schedule_arguments import check_positive, check_share


@keras.saving.register_keras_serializable("keras_transfer")
class SlantedTriangular(keras.optimizers.schedules.LearningRateSchedule):
    """ULMFiT's schedule for fine-tuning: a quick linear rise to find the region, a long linear fall to refine within it.

    The rate starts at `peak / ratio`, reaches `peak` after the first `cut_frac` of the steps, and is back at `peak / ratio`
    at the end, where it stays.

    Args:
        peak: Highest learning rate, `> 0`.
        total_steps: Steps of the whole training.
        cut_frac: Share of the steps in which the rate rises, in `(0, 1)`.
        ratio: How much smaller the lowest rate is than the highest, `>= 1`.
        name: Of the schedule.

    Raises:
        ValueError: if an argument is out of range, or `cut_frac` of the steps is less than one.

    Example:
        >>> adam = keras.optimizers.Adam(keras_transfer.optimizers.SlantedTriangular(1e-3, epochs * len(batches)))

    Reference: [Howard and Ruder, 2018](https://arxiv.org/abs/1801.06146)
    """

    def __init__(self, peak, total_steps, cut_frac=0.1, ratio=32, name="slanted_triangular"):
        super().__init__()
        check_positive(peak=peak, total_steps=total_steps)
        check_share(cut_frac=cut_frac)
        if ratio < 1:
            raise ValueError(f"`ratio` must be >= 1. Received: ratio={ratio}")
        if int(total_steps * cut_frac) < 1:
            raise ValueError(
                "The rise must take at least one step. Make `total_steps` or `cut_frac` larger. "
                f"Received: total_steps={total_steps}, cut_frac={cut_frac}"
            )
        self.peak, self.total_steps, self.cut_frac, self.ratio = float(peak), total_steps, cut_frac, ratio
        self.name = name

    def __call__(self, step):
        """Learning rate at a step, a float32 scalar."""
        step = ops.cast(step, "float32")
        cut = int(self.total_steps * self.cut_frac)
        fall = 1.0 - (step - cut) / (cut * (1.0 / self.cut_frac - 1.0))
        height = ops.where(step < cut, step / cut, ops.maximum(fall, 0.0))
        return self.peak * (1.0 + height * (self.ratio - 1.0)) / self.ratio

    def get_config(self):
        """Config from which the schedule is made again."""
        return {name: getattr(self, name) for name in ("peak", "total_steps", "cut_frac", "ratio", "name")}
