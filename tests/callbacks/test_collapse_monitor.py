import numpy as np
import pytest

from keras_transfer.callbacks import CollapseMonitor
from tests.callbacks.monitor_case import fit, model, samples
from tests.metrics.test_effective_rank import slow as slow_rank


def constant(pretrained, share):
    """Make the encoder say nearly the same of everything."""
    kernel, bias = pretrained.encoder.get_weights()
    pretrained.encoder.set_weights([kernel * share, bias + 1])
    return pretrained


class TestCollapseMonitor:
    def test_are_the_papers(self):
        pretrained, (x, _) = model(), samples(40)
        history = fit(pretrained, [CollapseMonitor(x)])
        features = pretrained.encoder(x).numpy().astype(np.float64)
        rows = np.array([row / np.sqrt((row**2).sum()) for row in features])
        deviations = [np.sqrt(((rows[:, i] - rows[:, i].mean()) ** 2).mean()) for i in range(4)]
        np.testing.assert_allclose(history["embedding/std"][-1], sum(deviations) / 4 * np.sqrt(4), rtol=1e-4)
        np.testing.assert_allclose(history["embedding/rank"][-1], slow_rank(features - features.mean(0)), rtol=1e-3)

    def test_even_directions_have_one(self):
        pretrained = model()
        pretrained.encoder.set_weights([np.eye(6, 4), np.zeros(4)])
        x = np.random.default_rng(0).normal(size=(4000, 6)).astype(np.float32)
        pretrained.optimizer.learning_rate = 0.0
        history = fit(pretrained, [CollapseMonitor(x)])
        np.testing.assert_allclose(history["embedding/std"], 1, atol=0.03)
        np.testing.assert_allclose(history["embedding/rank"], 4, atol=0.03)

    def test_one_warning_a_collapse(self):
        pretrained, (x, _) = constant(model(), 1e-3), samples(40)
        pretrained.optimizer.learning_rate = 0.0
        with pytest.warns(UserWarning, match="The embeddings have collapsed: standard deviation 0.*rank") as record:
            history = fit(pretrained, [CollapseMonitor(x)], epochs=3)
        assert len(record) == 1 and max(history["embedding/std"]) < 0.05

    def test_a_line_is_a_collapse(self):
        pretrained, (x, _) = model(), samples(40)
        kernel, bias = pretrained.encoder.get_weights()
        pretrained.encoder.set_weights([kernel[:, :1] * np.ones((1, 4)), bias])
        pretrained.optimizer.learning_rate = 0.0
        with pytest.warns(UserWarning, match="effective rank 1 "):
            history = fit(pretrained, [CollapseMonitor(x)])
        assert min(history["embedding/std"]) > 0.3

    def test_wrong_arguments_are_named(self):
        x, _ = samples(3)
        with pytest.raises(ValueError, match="at least 2 samples.*Received: 1"):
            CollapseMonitor(x[:1])
        with pytest.raises(ValueError, match="`least_rank` must be >= 0. Received: least_rank=-1"):
            CollapseMonitor(x, least_rank=-1)
