"""Rise in a line, fall along a cosine."""

import math

import keras
from keras import ops

from keras_transfer.optimizers.schedule_arguments import check_positive


@keras.saving.register_keras_serializable("keras_transfer")
class WarmupCosine(keras.optimizers.schedules.LearningRateSchedule):
    """A linear rise from `start` to `peak`, then half a cosine from `peak` to `end`, which it keeps after the last step.

    Args:
        peak: Highest learning rate, reached at step `warmup_steps`, `> 0`.
        total_steps: Steps of the whole training, warm-up included.
        warmup_steps: Steps of the rise, `>= 0` and less than `total_steps`.
        start: Learning rate at step 0.
        end: Learning rate from `total_steps` on.
        name: Of the schedule.

    Raises:
        ValueError: if an argument is out of range.

    Example:
        >>> steps = 100 * len(batches)
        >>> schedule = keras_transfer.optimizers.WarmupCosine(1.2, steps, warmup_steps=steps // 10)

    Reference: [Goyal et al., 2017](https://arxiv.org/abs/1706.02677), [Loshchilov and Hutter, 2017](https://arxiv.org/abs/1608.03983)
    """

    def __init__(self, peak, total_steps, warmup_steps=0, start=0.0, end=0.0, name="warmup_cosine"):
        super().__init__()
        check_positive(peak=peak, total_steps=total_steps)
        if not 0 <= warmup_steps < total_steps:
            raise ValueError(
                f"`warmup_steps` must be in [0, total_steps). Received: warmup_steps={warmup_steps}, total_steps={total_steps}"
            )
        if min(start, end) < 0:
            raise ValueError(f"`start` and `end` must be >= 0. Received: start={start}, end={end}")
        self.peak, self.total_steps, self.warmup_steps = float(peak), total_steps, warmup_steps
        self.start, self.end, self.name = float(start), float(end), name

    def __call__(self, step):
        """Learning rate at a step, a float32 scalar."""
        step = ops.cast(step, "float32")
        rise = self.start + (self.peak - self.start) * step / max(self.warmup_steps, 1)
        done = (step - self.warmup_steps) / (self.total_steps - self.warmup_steps)
        fall = self.end + (self.peak - self.end) * 0.5 * (1.0 + ops.cos(math.pi * ops.clip(done, 0.0, 1.0)))
        return ops.where(step < self.warmup_steps, rise, fall)

    def get_config(self):
        """Config from which the schedule is made again."""
        names = ("peak", "total_steps", "warmup_steps", "start", "end", "name")
        return {name: getattr(self, name) for name in names}
