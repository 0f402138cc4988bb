import numpy as np
import pytest

from keras_transfer.callbacks import ProbeMonitor
from tests.callbacks.monitor_case import fit, model, samples


def slow(x, y, held, classes, strength):
    """Gradient descent on the regularised cross-entropy of standardised features, until it rests."""
    mean, deviation = x.mean(0), x.std(0)
    x, held = ((part - mean) / deviation for part in (x.astype(np.float64), held))
    weights, bias = np.zeros((x.shape[1], 3)), np.zeros(3)
    for _ in range(4000):
        logits = x @ weights + bias
        gradient = np.exp(logits - logits.max(1, keepdims=True))
        gradient = gradient / gradient.sum(1, keepdims=True) - np.eye(3)[y]
        weights -= 0.01 * (strength * x.T @ gradient + weights)
        bias -= 0.01 * strength * gradient.sum(0)
    return np.mean((held @ weights + bias).argmax(1) == classes)


class TestProbeMonitor:
    def test_is_the_accuracy_of_a_regression_on_the_encoders_features(self):
        (x, y), held = samples(60), samples(50, seed=5)
        pretrained = model()
        history = fit(pretrained, [ProbeMonitor(x, y, validation_data=held, strength=0.2)])
        expected = slow(pretrained.encoder(x).numpy(), y, pretrained.encoder(held[0]).numpy(), held[1], 0.2)
        assert 0.5 < expected < 1
        np.testing.assert_allclose(history["probe_accuracy"][-1], expected, atol=1e-6)

    def test_a_part_is_held_out(self):
        x, y = samples(60)
        monitor = ProbeMonitor(x, y)
        (fitted, classes), (held, wanted) = monitor.fitted, monitor.held
        assert len(held) == 18 and len(classes) == 42 and set(wanted) == {0, 1, 2}
        assert not {row.tobytes() for row in held} & {row.tobytes() for row in fitted}
        assert 0.4 < fit(model(), [monitor])["probe_accuracy"][-1] <= 1

    def test_labels_of_chance_are_not_learned(self):
        (x, _), y = samples(600), np.random.default_rng(9).integers(0, 3, 600)
        assert fit(model(), [ProbeMonitor(x, y)])["probe_accuracy"][-1] < 0.48

    def test_wrong_arguments_are_named(self):
        x, y = samples(10)
        with pytest.raises(ValueError, match="`strength` must be > 0. Received: strength=0"):
            ProbeMonitor(x, y, strength=0)
        with pytest.raises(ValueError, match="`x` has 10 samples"):
            ProbeMonitor(x, y[:3])
        with pytest.raises(ValueError, match="at least two classes"):
            ProbeMonitor(x, y * 0)
