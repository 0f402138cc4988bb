import math

import keras
import numpy as np
import pytest

from keras_transfer.adaptation.domain_head import DomainHead

SOURCE, TARGET = (
    np.random.default_rng(seed).normal(size=(rows, 3)).astype("float32") for seed, rows in ((0, 4), (1, 2))
)


def made():
    keras.utils.set_random_seed(0)
    head = DomainHead((5,))
    head.build((None, 3))
    return head


@pytest.mark.parametrize(
    "weights", [(None, None), (np.array([1.0, 2, 0, 1], "float32"), np.array([3.0, 1], "float32"))]
)
def test_loss_is_the_mean_of_both_domains_means(weights):
    head = made()
    means = []
    for features, own, sign in ((SOURCE, weights[0], -1), (TARGET, weights[1], 1)):
        own = np.ones(len(features)) if own is None else own
        values = [math.log1p(math.exp(sign * float(said))) for said in head(features)[:, 0]]
        means.append(sum(w * value for w, value in zip(own, values, strict=True)) / own.sum())
    np.testing.assert_allclose(head.confusion(SOURCE, TARGET, 1.0, *weights), np.mean(means), rtol=1e-5)


def test_round_trip():
    head = made()
    again = DomainHead.from_config(head.get_config())
    again.build((None, 3))
    again.set_weights(head.get_weights())
    np.testing.assert_array_equal(again(SOURCE), head(SOURCE))


def test_bad_width_is_named():
    with pytest.raises(ValueError, match=r"Received: hidden=\(4, 0\)"):
        DomainHead((4, 0))
