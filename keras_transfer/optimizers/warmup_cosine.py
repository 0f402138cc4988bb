"""A learning rate that rises linearly, then falls along a cosine."""

import keras
from keras import ops


@keras.saving.register_keras_serializable("keras_transfer")
class WarmupCosine(keras.optimizers.schedules.LearningRateSchedule):
    """From near zero up to `peak` over `warmup_steps`, then down to `peak * final` at `total_steps`, and there it stays.

    Args:
        peak: Highest learning rate, `> 0`.
        total_steps: Updates until the rate is at its lowest.
        warmup_steps: Updates of the rise, fewer than `total_steps`. The first update has `peak / (warmup_steps + 1)`.
        final: Lowest rate, as a share of `peak`, in `[0, 1]`.
        name: Of the schedule.

    Raises:
        ValueError: if a number is out of range.

    Example:
        >>> schedule = keras_transfer.optimizers.WarmupCosine(0.1, total_steps=100, warmup_steps=9)
        >>> round(float(schedule(0)), 3), round(float(schedule(9)), 3), round(float(schedule(100)), 3)
        (0.01, 0.1, 0.0)

    Reference: [Loshchilov and Hutter, 2017](https://arxiv.org/abs/1608.03983);
    warm-up as in [Goyal et al., 2017](https://arxiv.org/abs/1706.02677)
    """

    def __init__(self, peak, total_steps, warmup_steps=0, final=0.0, name="warmup_cosine"):
        super().__init__()
        if not peak > 0:
            raise ValueError(f"`peak` must be > 0. Received: peak={peak}")
        if total_steps < 1 or not 0 <= warmup_steps < total_steps:
            raise ValueError(
                "`total_steps` must be >= 1 and `warmup_steps` from 0 to below it. "
                f"Received: total_steps={total_steps}, warmup_steps={warmup_steps}"
            )
        if not 0 <= final <= 1:
            raise ValueError(f"`final` is a share of the peak, from 0 to 1. Received: final={final}")
        self.peak, self.total_steps, self.warmup_steps, self.final, self.name = (
            peak,
            total_steps,
            warmup_steps,
            final,
            name,
        )

    def __call__(self, step):
        """The rate of the update that follows `step` updates, a float32 scalar."""
        step = ops.cast(step, "float32")
        rise = (step + 1.0) / (self.warmup_steps + 1.0)
        done = ops.clip((step - self.warmup_steps) / (self.total_steps - self.warmup_steps), 0.0, 1.0)
        fall = self.final + (1.0 - self.final) * (1.0 + ops.cos(3.141592653589793 * done)) / 2.0
        return self.peak * ops.where(step < self.warmup_steps, rise, fall)

    def get_config(self):
        """Arguments of the constructor."""
        return {
            "peak": self.peak,
            "total_steps": self.total_steps,
            "warmup_steps": self.warmup_steps,
            "final": self.final,
            "name": self.name,
        }
