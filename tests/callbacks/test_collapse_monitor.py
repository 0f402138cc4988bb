import numpy as np
import pytest

from keras_transfer.callbacks import CollapseMonitor
from tests.callbacks.monitor_case import fit, model, samples, teacher_model
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
        features = pretrained.encoder(x)
        for name, rows in (("embedding", features), ("projection", pretrained.projector(features, training=False))):
            rows = rows.numpy().astype(np.float64)
            units = np.array([row / np.sqrt((row**2).sum()) for row in rows])
            width = units.shape[1]
            deviations = [np.sqrt(((units[:, i] - units[:, i].mean()) ** 2).mean()) for i in range(width)]
            np.testing.assert_allclose(history[f"{name}/std"][-1], sum(deviations) / width * np.sqrt(width), rtol=1e-4)
            np.testing.assert_allclose(history[f"{name}/rank"][-1], slow_rank(rows - rows.mean(0)), rtol=1e-3)

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
        with pytest.warns(
            UserWarning, match="The training has collapsed: embeddings with standard deviation 0"
        ) as record:
            history = fit(pretrained, [CollapseMonitor(x, warn_after=2)], epochs=4)
        assert len(record) == 1 and max(history["embedding/std"]) < 0.02

    def test_no_warning_before_batch_norms_have_settled(self):
        pretrained, (x, _) = constant(model(), 1e-3), samples(40)
        pretrained.optimizer.learning_rate = 0.0
        assert max(fit(pretrained, [CollapseMonitor(x)])["embedding/std"]) < 0.02

    def test_a_line_is_a_collapse(self):
        pretrained, (x, _) = model(), samples(40)
        kernel, bias = pretrained.encoder.get_weights()
        pretrained.encoder.set_weights([kernel[:, :1] * np.ones((1, 4)), bias])
        pretrained.optimizer.learning_rate = 0.0
        with pytest.warns(UserWarning, match="embeddings with standard deviation .* rank 1[,.]"):
            history = fit(pretrained, [CollapseMonitor(x, warn_after=0)])
        assert min(history["embedding/std"]) > 0.3

    def test_a_collapse_of_projections_alone_is_seen(self):
        pretrained, (x, _) = teacher_model(), samples(40)
        last = pretrained.projector.parts[-1]
        last.kernel.assign(last.kernel * 0)
        last.bias.assign(last.bias + 1)
        pretrained.optimizer.learning_rate = 0.0
        with pytest.warns(UserWarning, match=r"collapsed: projections with standard deviation \S+ and rank 0\."):
            fit(pretrained, [CollapseMonitor(x, warn_after=0)])

    def test_of_an_encoder_of_ones_own_the_projections_are_not_known(self):
        pretrained, (x, _) = model(), samples(40)
        history = fit(pretrained, [CollapseMonitor(x, encoder=pretrained.encoder)])
        assert set(history) == {"loss", "embedding/std", "embedding/rank"}

    def test_wrong_arguments_are_named(self):
        x, _ = samples(3)
        with pytest.raises(ValueError, match="at least 2 samples.*Received: 1"):
            CollapseMonitor(x[:1])
        with pytest.raises(ValueError, match="`least_rank` must be >= 0. Received: least_rank=-1"):
            CollapseMonitor(x, least_rank=-1)
        with pytest.raises(ValueError, match="`warn_after` must be >= 0. Received: warn_after=-1"):
            CollapseMonitor(x, warn_after=-1)
