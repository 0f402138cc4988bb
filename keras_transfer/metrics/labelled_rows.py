"""What every score of features and their classes checks first."""

import numpy as np


def labelled_rows(name, rows, labels):
    """Rows as float64 and class numbers from 0, after a check that they fit each other.

    Returns:
        `(rows, numbers, classes)`: `(samples, width)`, `(samples,)`, and how many classes there are.

    Raises:
        ValueError: if there is not one finite row for each label, or there are fewer than two classes.
    """
    rows, labels = np.asarray(rows, np.float64), np.asarray(labels)
    if rows.ndim != 2 or labels.shape != (len(rows),):
        raise ValueError(
            f"`{name}` must have the shape (samples, width) and `labels` (samples,). Received: {rows.shape} and {labels.shape}"
        )
    if not np.isfinite(rows).all():
        raise ValueError(f"`{name}` holds NaN or infinity: what made it has diverged.")
    classes, numbers = np.unique(labels, return_inverse=True)
    if len(classes) < 2:
        raise ValueError(f"At least two classes are needed. Received: {len(classes)} in {len(labels)} labels")
    return rows, numbers, len(classes)
