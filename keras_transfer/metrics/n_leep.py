"""LEEP for encoders that have no classes of their own."""

import numpy as np
from sklearn.decomposition import PCA
from sklearn.mixture import GaussianMixture

from keras_transfer.metrics.labelled_rows import labelled_rows
from keras_transfer.metrics.leep import leep


def n_leep(features, labels, components=None, energy=0.8, seed=0):
    """LEEP with clusters in place of a model's classes: which Gaussian of a mixture a sample belongs to, after PCA.

    Args:
        features: Shape `(samples, width)`.
        labels: Classes, of any kind, shape `(samples,)`.
        components: Gaussians of the mixture. None: five a class, or a tenth of the samples if that is less.
        energy: Share of the variance that PCA keeps, between 0 and 1.
        seed: Of the mixture's start.

    Returns:
        A number up to 0; higher is better.

    Raises:
        ValueError: if the shapes do not fit, numbers are not finite, there is one class only, or a number is out of range.

    Example:
        >>> keras_transfer.metrics.n_leep(keras_transfer.transfer.features(encoder, images), labels)

    Reference: [Li et al., 2021](https://arxiv.org/abs/2011.11200)
    """
    features, numbers, classes = labelled_rows("features", features, labels)
    if components is None:
        components = max(2, min(5 * classes, len(features) // 10))
    if not 1 <= components <= len(features) or not 0 < energy < 1:
        raise ValueError(
            f"`components` must be from 1 to {len(features)} and `energy` between 0 and 1. Received: components={components}, "
            f"energy={energy}"
        )
    scale = features.std()
    if not np.ptp(features, axis=0).any():  # nothing that clusters could go by
        return leep(np.ones((len(numbers), 1)), numbers)
    # The full solver decides the share exactly; the features' scale makes no difference.
    reduced = PCA(energy, svd_solver="full").fit_transform(features / scale)
    mixture = GaussianMixture(
        components, covariance_type="diag", reg_covar=1e-4, random_state=seed, max_iter=200, tol=1e-2
    )
    return leep(mixture.fit(reduced).predict_proba(reduced), numbers)
