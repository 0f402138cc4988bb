import numpy as np
import pytest

from keras_transfer import data
from keras_transfer.data.batches import sample_seeds
from keras_transfer.data.beta import beta

RNG = np.random.default_rng(0)
X = RNG.integers(0, 256, (6, 10, 12, 3), dtype=np.uint8)
Y = np.array([0, 1, 2, 0, 1, 2])
SEEDS = sample_seeds(0, 0, 6)


@pytest.mark.parametrize("alpha", [0.01, 0.2, 1.0, 4.0])
def test_beta_has_the_right_distribution(alpha):
    from scipy.stats import beta as reference
    from scipy.stats import kstest

    drawn = beta(sample_seeds(0, 0, 4000), alpha).numpy()
    assert np.isfinite(drawn).all() and drawn.min() >= 0 and drawn.max() <= 1
    if alpha >= 0.2:
        assert kstest(drawn, reference(alpha, alpha).cdf).pvalue > 1e-3
    assert np.mean(drawn < 0.25) == pytest.approx(reference(alpha, alpha).cdf(0.25), abs=0.03)


def test_mix_up_is_the_papers_formula():
    images, labels = data.mix_up(X, Y, SEEDS, alpha=0.7, classes=3)
    share = beta(SEEDS, 0.7).numpy()
    for i in range(6):
        j = (i + 1) % 6
        np.testing.assert_allclose(images[i], (share[i] * X[i] + (1 - share[i]) * X[j]) / 255, atol=1e-5)
        np.testing.assert_allclose(labels[i], share[i] * np.eye(3)[Y[i]] + (1 - share[i]) * np.eye(3)[Y[j]], atol=1e-6)


def test_cut_mix_labels_are_the_share_of_pixels():
    seeds = sample_seeds(1, 0, 200)
    x = np.broadcast_to(np.arange(200)[:, None, None, None], (200, 10, 12, 1)) / 255
    images, labels = (one.numpy() for one in data.cut_mix(x.astype("float32"), np.arange(200), seeds, classes=200))
    cut_at_border = 0
    for i in range(200):
        pixels = np.rint(images[i, ..., 0] * 255).astype(int)
        j = (i + 1) % 200
        assert set(np.unique(pixels)) <= {i, j}
        assert labels[i, i] == pytest.approx(np.mean(pixels == i), abs=1e-5)
        assert labels[i, j] == pytest.approx(np.mean(pixels == j), abs=1e-5)
        rows, columns = np.nonzero(pixels == j)
        if len(rows):
            height, width = np.ptp(rows) + 1, np.ptp(columns) + 1
            assert height * width == len(rows)  # a rectangle
            cut_at_border += {rows.min(), columns.min()} & {0} != set() and height * width < 120
    assert cut_at_border > 20
    # Half, were nothing cut off at the border.
    assert 0.5 < np.mean(np.diag(labels)) < 0.75


def test_probabilities_are_taken_as_labels():
    probabilities = RNG.dirichlet(np.ones(3), 6).astype("float32")
    for function in (data.mix_up, data.cut_mix):
        _, labels = function(X, probabilities, SEEDS)
        np.testing.assert_allclose(np.sum(labels, 1), 1, atol=1e-5)


def test_in_a_dataset_they_repeat():
    def epoch(function):
        dataset = data.batches((X, Y), 3, seed=4, map=lambda batch, seeds: function(*batch, seeds, classes=3))
        return np.concatenate([images.numpy() for images, _ in dataset])

    for function in (data.mix_up, data.cut_mix):
        np.testing.assert_array_equal(epoch(function), epoch(function))


@pytest.mark.parametrize("function", [data.mix_up, data.cut_mix])
@pytest.mark.parametrize(
    ("labels", "options", "message"),
    [
        (Y, {}, "`classes` must say"),
        (Y, {"classes": 3, "alpha": 0}, "`alpha` must be above 0. Received: alpha=0"),
        (np.eye(3, dtype=int)[Y], {}, "float probabilities.*int64"),
        (np.eye(3, dtype="float32")[Y], {"classes": 4}, "classes=4"),
    ],
)
def test_wrong_arguments_are_named(function, labels, options, message):
    with pytest.raises(ValueError, match=message):
        function(X, labels, SEEDS, **options)
