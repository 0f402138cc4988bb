"""How long to pretrain when nobody said."""

SAMPLES = 240_000
FEWEST, MOST = 5, 200


def pretraining_epochs(samples, shown=SAMPLES):
    """Epochs that show an encoder about 240,000 samples: some minutes on two CPU cores for small images.

    A default that lets a newcomer see the whole way quickly, not the most a data set can give: published figures come from
    hundreds of epochs.

    Args:
        samples: Number of unlabelled samples.
        shown: How many to show in all.

    Returns:
        Whole number of epochs, from 5 to 200.

    Example:
        >>> keras_transfer.project.pretraining_epochs(12_000)
        20
    """
    return max(FEWEST, min(MOST, round(shown / samples)))
