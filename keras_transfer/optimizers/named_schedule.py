"""Learning-rate schedules by name."""

from keras_transfer.optimizers.one_cycle import OneCycle
from keras_transfer.optimizers.slanted_triangular import SlantedTriangular
from keras_transfer.optimizers.warmup_cosine import WarmupCosine

SCHEDULES = {
    "warmup_cosine": lambda peak, steps: WarmupCosine(peak, total_steps=steps, warmup_steps=steps // 10),
    # A rise takes one step at least; a training of a single step has none.
    "slanted_triangular": lambda peak, steps: (
        SlantedTriangular(peak, steps, max(0.1, 1 / steps)) if steps > 1 else peak
    ),
    "one_cycle": lambda peak, steps: OneCycle(peak, steps) if steps > 1 else peak,
    "constant": lambda peak, steps: peak,
}


def named_schedule(name, peak, total_steps):
    """A schedule for a training of so many steps, as optimizers take it.

    Args:
        name: warmup_cosine (up for a tenth of the steps, then down along half a cosine), slanted_triangular (ULMFiT's: up for a
            tenth, then down along a line), one_cycle (up for a quarter, then down, both along half a cosine), or constant.
        peak: The highest rate, `> 0`.
        total_steps: Optimizer steps of the whole training, `>= 1`.

    Returns:
        A `LearningRateSchedule`, or the peak itself: for `constant`, and where one step is all.

    Raises:
        ValueError: if there is no such schedule.

    Example:
        >>> rate = keras_transfer.optimizers.named_schedule("slanted_triangular", 1e-3, total_steps=1000)
        >>> optimizer = keras.optimizers.AdamW(rate)
    """
    if name not in SCHEDULES:
        raise ValueError(f"`schedule` must be one of {', '.join(SCHEDULES)}. Received: {name!r}")
    return SCHEDULES[name](peak, total_steps)
