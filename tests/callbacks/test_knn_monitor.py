import numpy as np
import pytest

from keras_transfer.callbacks import KNNMonitor
from tests.callbacks.monitor_case import fit, model, samples
from tests.metrics.test_knn_accuracy import slow


class TestKNNMonitor:
    @pytest.mark.parametrize("apart", [False, True])
    def test_is_the_accuracy_of_the_encoders_features(self, apart):
        (x, y), held = samples(40), samples(25, seed=5)
        pretrained = model()
        monitor = KNNMonitor(x, y, validation_data=held if apart else None, neighbours=7, temperature=0.1)
        history = fit(pretrained, [monitor])
        features, asked = (pretrained.encoder(part).numpy() for part in (x, held[0]))
        expected = slow(features, y, asked, held[1], 7, 0.1) if apart else slow(features, y, features, y, 7, 0.1, True)
        assert 0.4 < expected < 1
        assert history["knn_accuracy"][-1] == expected

    def test_wrong_labels_are_named(self):
        x, y = samples(10)
        with pytest.raises(ValueError, match=r"`x` has 10 samples, .*\(10,\). Received: shape \(9,\)"):
            KNNMonitor(x, y[:9])
        with pytest.raises(ValueError, match="`validation_data` has 10 samples"):
            KNNMonitor(x, y, validation_data=(x, np.ones((10, 3))))
