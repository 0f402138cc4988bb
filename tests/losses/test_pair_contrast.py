import keras
import numpy as np
import pytest

from keras_transfer.losses import PairContrast


class TestPairContrast:
    def test_is_the_mean_of_both_directions(self):
        pairs = np.random.default_rng(0).normal(size=(5, 2, 3))
        unit = pairs / np.linalg.norm(pairs, axis=2, keepdims=True)
        alike = unit[:, 0] @ unit[:, 1].T / 0.2
        nats = [np.log(np.exp(row).sum()) - row[i] for both in (alike, alike.T) for i, row in enumerate(both)]
        loss = PairContrast(0.2)
        assert float(loss(np.zeros(5), pairs)) == pytest.approx(np.mean(nats), rel=1e-5)
        again = keras.losses.deserialize(keras.losses.serialize(loss))
        assert float(again(np.zeros(5), pairs)) == pytest.approx(np.mean(nats), rel=1e-5)
