import numpy as np
import pytest
from sklearn.decomposition import PCA
from sklearn.mixture import GaussianMixture

from keras_transfer.metrics import leep, n_leep

RNG = np.random.default_rng(0)
LABELS = np.arange(90) % 3


def test_it_is_leep_of_a_mixture_after_pca():
    features = RNG.normal(size=(90, 6)) + 3 * LABELS[:, None]
    reduced = PCA(0.8).fit_transform(features / features.std())
    mixture = GaussianMixture(9, covariance_type="diag", reg_covar=1e-4, random_state=0, max_iter=200, tol=1e-2)
    expected = leep(mixture.fit(reduced).predict_proba(reduced), LABELS)
    assert n_leep(features, LABELS) == pytest.approx(expected)


def test_clusters_that_are_classes_score_highest():
    noise = RNG.normal(size=(90, 6))
    assert n_leep(noise + 20 * LABELS[:, None], LABELS) > -0.01
    assert -np.log(3) <= n_leep(noise, LABELS) < -0.5
    assert n_leep(np.ones((90, 6)), LABELS) == pytest.approx(-np.log(3))


@pytest.mark.parametrize("change", [dict(components=91), dict(components=0), dict(energy=1.0)])
def test_bad_numbers_are_named(change):
    with pytest.raises(ValueError, match=f"{next(iter(change))}={next(iter(change.values()))}"):
        n_leep(RNG.normal(size=(90, 6)), LABELS, **change)
