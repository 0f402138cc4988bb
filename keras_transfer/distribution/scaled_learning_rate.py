"""Learning rates for other batch sizes."""

import math


def scaled_learning_rate(base, global_batch, base_batch=256, rule="linear"):
    """Scale a learning rate that was tuned at one batch size to another.

    The linear rule keeps the expected change of the weights per *sample* and is the custom for SGD and LARS; the
    square-root rule keeps the noise of the update and is the custom for Adam and LAMB. Both hold up to a largest
    useful batch and want a warm-up.

    Args:
        base: Learning rate at `base_batch` samples per update, `> 0`.
        global_batch: Samples per update of all replicas of all workers, times the steps of gradient accumulation, `>=
        1`.
        base_batch: Samples per update that `base` was tuned for, `>= 1`.
        rule: `"linear"`: `base * global_batch / base_batch`; `"sqrt"`: `base * sqrt(global_batch / base_batch)`.

    Returns:
        The learning rate, a float.

    Raises:
        ValueError: if a number is out of its range or `rule` is unknown.

    Example:

    >>> keras_transfer.distribution.scaled_learning_rate(0.3, 4096)
    4.8

    References: [Goyal et al., 2017](https://arxiv.org/abs/1706.02677) for the linear rule,
    [Hoffer et al., 2017](https://arxiv.org/abs/1705.08741) and [Malladi et al., 2022](https://arxiv.org/abs/2205.10287)
    for the square root.
    """
    if base <= 0:
        raise ValueError(f"`base` must be > 0. Received: base={base}")
    if global_batch < 1 or base_batch < 1:
        raise ValueError(
            f"Batch sizes must be >= 1. Received: global_batch={global_batch}, base_batch={base_batch}. "
            "`global_batch` counts the samples of all replicas together."
        )
    ratio = global_batch / base_batch
    if rule == "linear":
        return base * ratio
    if rule == "sqrt":
        return base * math.sqrt(ratio)
    raise ValueError(f'`rule` must be "linear" or "sqrt". Received: rule={rule!r}')
