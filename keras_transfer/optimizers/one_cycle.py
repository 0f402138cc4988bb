"""One cycle up and down."""

import math

import keras
from keras import ops

from keras_transfer.optimizers.schedule_arguments import check_positive, check_share


@keras.saving.register_keras_serializable("keras_transfer")
class OneCycle(keras.optimizers.schedules.LearningRateSchedule):
    """Half a cosine up from `peak / start_divisor` to `peak`, another down to `peak / end_divisor`, which it keeps.

    The rate alone: a schedule cannot move the momentum, which the paper lowers while the rate is high.

    Args:
        peak: Highest learning rate, `> 0`.
        total_steps: Steps of the whole training.
        rise: Share of the steps in which the rate rises, in `(0, 1)`.
        start_divisor: What `peak` is divided by at step 0, `> 0`.
        end_divisor: What `peak` is divided by from `total_steps` on, `> 0`.
        name: Of the schedule.

    Raises:
        ValueError: if an argument is out of range.

    Example:
        >>> sgd = keras.optimizers.SGD(keras_transfer.optimizers.OneCycle(0.1, epochs * len(batches)), momentum=0.9)

    Reference: [Smith and Topin, 2018](https://arxiv.org/abs/1708.07120)
    """

    def __init__(self, peak, total_steps, rise=0.25, start_divisor=25.0, end_divisor=1e5, name="one_cycle"):
        super().__init__()
        check_positive(peak=peak, total_steps=total_steps, start_divisor=start_divisor, end_divisor=end_divisor)
        check_share(rise=rise)
        self.peak, self.total_steps, self.rise = float(peak), total_steps, rise
        self.start_divisor, self.end_divisor, self.name = start_divisor, end_divisor, name

    def __call__(self, step):
        """Learning rate at a step, a float32 scalar."""
        done = ops.cast(step, "float32") / self.total_steps
        up = _half_cosine(self.peak / self.start_divisor, self.peak, done / self.rise)
        down = _half_cosine(self.peak, self.peak / self.end_divisor, (done - self.rise) / (1.0 - self.rise))
        return ops.where(done < self.rise, up, down)

    def get_config(self):
        """Config from which the schedule is made again."""
        names = ("peak", "total_steps", "rise", "start_divisor", "end_divisor", "name")
        return {name: getattr(self, name) for name in names}


def _half_cosine(start, end, done):
    return end + (start - end) * 0.5 * (1.0 + ops.cos(math.pi * ops.clip(done, 0.0, 1.0)))
