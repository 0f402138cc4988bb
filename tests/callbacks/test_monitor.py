import numpy as np
import pytest

from keras_transfer import callbacks
from tests.callbacks.monitor_case import encoder, fit, model, samples, teacher_model
from tests.replicas import mirrored


class LargestFeature(callbacks.Monitor):
    """The docstring's example."""

    def __init__(self, images, **kwargs):
        super().__init__(**kwargs)
        self.images = images

    def measure(self):
        return {"embedding/largest": self.features(self.images).max()}


class TestMonitor:
    def test_callbacks_behind_it_and_the_history_have_the_numbers(self, tmp_path):
        from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
        from tensorflow import make_ndarray

        x, y = samples(30)
        found = [callbacks.KNNMonitor(x, y), callbacks.CollapseMonitor(x), callbacks.TensorBoard(tmp_path)]
        history = fit(model(), found)
        events = EventAccumulator(str(next(tmp_path.rglob("events.*"))), {"tensors": 0}).Reload()
        for name in ("knn_accuracy", "embedding/std", "embedding/rank"):
            shown = [float(make_ndarray(event.tensor_proto)) for event in events.Tensors(f"epoch_{name}")]
            np.testing.assert_allclose(shown, history[name], rtol=1e-6)
            assert len(shown) == 2
        assert "best/knn_accuracy" in events.Tags()["tensors"]

    def test_changes_nothing(self):
        x, y = samples(30)
        watched, alone = model(), model()
        fit(watched, [callbacks.KNNMonitor(x, y), callbacks.ProbeMonitor(x, y), callbacks.CollapseMonitor(x)])
        fit(alone, [])
        for one, other in zip(watched.get_weights(), alone.get_weights(), strict=True):
            np.testing.assert_array_equal(one, other)

    def test_replicas_give_the_numbers_of_one_device(self):
        x, y = samples(30)

        def found():
            return [callbacks.KNNMonitor(x, y), callbacks.CollapseMonitor(x), callbacks.TeacherMomentum()]

        alone = fit(teacher_model(momentum=0.9, total_steps=5), found())
        with mirrored(2).scope():
            pretrained = teacher_model(momentum=0.9, total_steps=5)
        together = fit(pretrained, found())
        assert len(alone) == 7
        for name, values in alone.items():
            np.testing.assert_allclose(together[name], values, rtol=1e-4, err_msg=name)

    def test_every_so_many_epochs_and_the_last(self):
        epochs = []

        class Epochs(callbacks.Monitor):
            def on_epoch_begin(self, epoch, logs=None):
                self.epoch = epoch

            def measure(self):
                epochs.append(self.epoch)
                return {}

        fit(model(), [Epochs(every=3)], epochs=8)
        assert epochs == [2, 5, 7]

    def test_an_encoder_of_ones_own(self):
        other, (x, _) = encoder(), samples(5)
        other.set_weights([np.eye(6, 4), np.zeros(4)])
        history = fit(model(), [LargestFeature(x, encoder=other)])
        np.testing.assert_allclose(history["embedding/largest"], x[:, :4].max(), rtol=1e-6)

    def test_wrong_use_is_named(self):
        x, _ = samples(5)
        with pytest.raises(ValueError, match="`every` must be >= 1 epochs. Received: every=0"):
            LargestFeature(x, every=0)
        plain = encoder()
        plain.compile("sgd", "mse")
        with pytest.raises(AttributeError, match="measures `model.encoder`, which tiny has not"):
            plain.fit(x, x[:, :4], verbose=0, callbacks=[LargestFeature(x)])

    def test_nan_is_named(self):
        pretrained, (x, _) = model(), samples(5)
        x[3] = np.nan
        with pytest.raises(FloatingPointError, match="tiny gives NaN or infinity for 1 of the 5 samples"):
            fit(pretrained, [LargestFeature(x)])
