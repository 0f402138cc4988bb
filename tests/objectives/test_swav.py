import keras
import numpy as np
import pytest

from keras_transfer.objectives import SwAV
from tests.losses.test_sinkhorn import slow as slow_codes
from tests.objectives.multi_crop_case import MultiCropCase


def log_softmax(row):
    row = row.astype(np.float64)
    return row - row.max() - np.log(np.exp(row - row.max()).sum())


def slow(scores, codes, temperature):
    """The swapped prediction, one pair of crops and one sample at a time."""
    losses = np.zeros(len(scores[0]))
    for b in range(len(losses)):
        pairs = [
            -sum(codes[i][b] * log_softmax(scores[j][b] / temperature))
            for i in range(len(codes))
            for j in range(len(scores))
            if i != j
        ]
        losses[b] = sum(pairs) / len(pairs)
    return losses


class TestSwAV(MultiCropCase):
    def make(self, **options):
        # Not as sharp as by default, where rounding differences of replicas grow thirtyfold in a step.
        options = {"temperature": 0.5, "prototypes": 5, "queue_size": 12, "queue_start": 1, **options}
        return SwAV(self.encoder(), projection=(8, 4), **options)

    def make_cold(self):
        return self.make(temperature=0.01, epsilon=0.001)

    def test_is_the_papers(self):
        objective = self.make(temperature=0.2)
        (crops,) = self.inputs(7)
        outputs = objective(crops, training=True)
        scores = [one.numpy() for one in outputs[0]]
        assert [one.shape for one in scores] == [(7, 5)] * 4
        codes = [slow_codes(one, 0.05, 3) for one in scores[:2]]
        np.testing.assert_allclose(objective.example_losses(crops, outputs), slow(scores, codes, 0.2), rtol=1e-4)

    def test_scores_are_cosines_with_the_prototypes(self):
        objective = self.make()
        (crops,) = self.inputs(3)
        scores, projections = objective(crops, training=True)
        kernel = objective.prototype_layer.kernel.numpy()
        for one, rows in zip(scores, projections, strict=False):
            lengths = np.linalg.norm(rows, axis=1)[:, None] * np.linalg.norm(kernel, axis=1)
            np.testing.assert_allclose(one, rows @ kernel.T / lengths, atol=1e-5)

    def test_queue_is_used_when_full_and_begun_and_read_before_the_batch_enters(self):
        objective = self.make(queue_size=8, queue_start=3)
        objective.compile(keras.optimizers.SGD(0.0))
        for step in range(5):
            (crops,) = self.inputs(4, seed=step)
            rows = [queue.rows.numpy() for queue in objective.queues]
            scores, projections = objective(crops, training=True)
            scores = [one.numpy() for one in scores]
            kernel = objective.prototype_layer.kernel.numpy()
            kernel /= np.linalg.norm(kernel, axis=1, keepdims=True)
            alone = [slow_codes(one, 0.05, 3) for one in scores[:2]]
            queued = [
                slow_codes(np.concatenate([old @ kernel.T, one]), 0.05, 3)[-4:]
                for old, one in zip(rows, scores[:2], strict=True)
            ]
            loss = objective.train_on_batch(crops)
            np.testing.assert_allclose(loss, slow(scores, queued if step >= 3 else alone, 0.5).mean(), rtol=1e-4)
            assert abs(slow(scores, queued, 0.5).mean() - slow(scores, alone, 0.5).mean()) > 1e-3
            for queue, own in zip(objective.queues, projections, strict=True):
                unit = own.numpy() / np.linalg.norm(own, axis=1, keepdims=True)
                np.testing.assert_allclose(queue.rows[4 * (step % 2) :][:4], unit, atol=1e-5)
        assert int(objective.queued) == 20

    def test_queue_that_is_not_full_is_not_used(self):
        with_queue, without = self.make(queue_size=100, queue_start=0), self.make(queue_size=0)
        without.set_weights(
            [w for w, p in zip(with_queue.get_weights(), paths(with_queue), strict=True) if "queue" not in p]
        )
        (crops,) = self.inputs(4)
        np.testing.assert_allclose(self.losses_of(with_queue, crops), self.losses_of(without, crops), atol=1e-6)

    @pytest.mark.parametrize(
        "arguments", [{"epsilon": 0.0}, {"iterations": 0}, {"queue_size": -1}, {"queue_start": -1}]
    )
    def test_own_numbers_out_of_range_are_named(self, arguments):
        ((name, value),) = arguments.items()
        with pytest.raises(ValueError, match=f"`{name}` must be.*Received: {name}={value}"):
            self.make(**arguments)


def paths(model):
    return [weight.path for weight in model.weights]
