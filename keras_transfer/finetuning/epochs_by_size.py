"""How long to fine-tune when nobody said."""

SHOWN = 60_000
FEWEST, MOST = 3, 30


def epochs_by_size(samples, most=MOST, shown=SHOWN):
    """Passes over labelled samples: many over few, few over many.

    A default, in the way of BiT's, whose number of steps hangs on the size of the data set alone. `choose_budget` tries twice
    as many as well.

    Args:
        samples: Number of labelled samples.
        most: Passes at most, over few samples.
        shown: Samples that all passes together may show, as long as there are three of them.

    Returns:
        Whole number of epochs, from 3 to `most`.

    Raises:
        ValueError: if there are no samples.

    Example:
        >>> [keras_transfer.finetuning.epochs_by_size(samples) for samples in (100, 2_000, 6_000, 50_000)]
        [30, 30, 10, 3]

    Reference: [BiT, Kolesnikov et al., 2020](https://arxiv.org/abs/1912.11370)
    """
    if samples < 1:
        raise ValueError(f"`samples` must be at least 1. Received: {samples}")
    return max(min(FEWEST, most), min(most, shown // samples))
