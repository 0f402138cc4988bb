"""How well a model's own outputs predict other classes."""

import numpy as np

from keras_transfer.metrics.labelled_rows import labelled_rows


def leep(probabilities, labels):
    """Log expected empirical prediction: the mean log-likelihood of labels under `P(y | x) = sum_z P(y | z) p(z | x)`.

    `p(z | x)` are the model's probabilities of its own classes z, and `P(y | z)` is what they and the labels give together:
    `sum of p(z | x) over samples of class y / sum over all`.

    Args:
        probabilities: Of a classifier of other classes, shape `(samples, other classes)`, each row summing to 1.
        labels: Classes, of any kind, shape `(samples,)`.

    Returns:
        A number up to 0; higher is better.

    Raises:
        ValueError: if the shapes do not fit, rows are no probabilities, or there is one class only.

    Example:
        >>> keras_transfer.metrics.leep([[1, 0], [1, 0], [0, 1]], ["a", "a", "b"])
        0.0

    Reference: [Nguyen et al., 2020](https://arxiv.org/abs/2002.12462)
    """
    p, numbers, classes = labelled_rows("probabilities", probabilities, labels)
    if p.min() < 0 or np.abs(p.sum(axis=1) - 1).max() > 1e-3:
        raise ValueError(
            "`probabilities` must be from 0 to 1 and sum to 1 in each row; take the softmax of logits. Received: rows that sum "
            f"to {p.sum(axis=1).min():.4g} ... {p.sum(axis=1).max():.4g}"
        )
    joint = np.stack([p[numbers == one].sum(axis=0) for one in range(classes)])
    total = joint.sum(axis=0)
    given = joint / np.where(total > 0, total, 1.0)
    likelihood = (given[numbers] * p).sum(axis=1)
    return float(np.log(np.maximum(likelihood, np.finfo(np.float64).tiny)).mean()) + 0.0
