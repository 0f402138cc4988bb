import functools

import keras
import numpy as np
import pytest

from keras_transfer.objectives import DINO
from tests.objectives.multi_crop_case import MultiCropCase
from tests.objectives.test_swav import log_softmax, slow


class TestDINO(MultiCropCase):
    def make(self, **options):
        # Not as sharp as by default, where rounding differences of replicas grow thirtyfold in a step.
        options = {
            "temperature": 0.5,
            "teacher_temperature": 0.4,
            "first_teacher_temperature": 0.2,
            "warmup_steps": 4,
            "prototypes": 5,
            "momentum": 0.9,
            "total_steps": 50,
            **options,
        }
        return DINO(self.encoder(), projection=(8, 4), **options)

    def make_cold(self):
        return self.make(temperature=0.01, teacher_temperature=0.01, first_teacher_temperature=0.01)

    def test_learns(self):
        sharp = {"temperature": 0.1, "teacher_temperature": 0.04, "first_teacher_temperature": 0.04}
        self.make = functools.partial(self.make, **sharp)
        super().test_learns()

    def test_is_the_papers(self):
        """Algorithm 1, with the loss averaged over pairs of crops as in the authors' code."""
        objective = self.make()
        centre = np.random.default_rng(0).normal(0, 0.3, 5).astype(np.float32)
        objective.centre.assign(centre)
        (crops,) = self.inputs(7)
        outputs = objective(crops, training=True)
        scores, told = ([one.numpy() for one in part] for part in outputs)
        assert [one.shape for one in scores] == [(7, 5)] * 4 and [one.shape for one in told] == [(7, 5)] * 2
        targets = [[np.exp(log_softmax((row - centre) / 0.2)) for row in one] for one in told]
        np.testing.assert_allclose(objective.example_losses(crops, outputs), slow(scores, targets, 0.5), rtol=1e-5)

    def test_teacher_sees_large_crops_alone(self):
        objective = self.make()
        (crops,) = self.inputs(6)
        _, told = objective(crops, training=True)
        _, same = objective([*crops[:2], crops[2] * 0, crops[3] * 0], training=True)
        for one, other in zip(told, same, strict=True):
            np.testing.assert_allclose(one, other, atol=1e-6)

    def test_centre_follows_after_the_loss_was_taken(self):
        objective = self.make(centre_momentum=0.7)
        objective.compile(keras.optimizers.SGD(0.1, gradient_accumulation_steps=5))
        expected = np.zeros(5)
        for seed in range(3):
            (crops,) = self.inputs(4, seed)
            outputs = objective(crops, training=True)
            loss = objective.example_losses(crops, outputs).numpy().mean()
            np.testing.assert_allclose(objective.train_on_batch(crops), loss, rtol=1e-4)
            rows = np.concatenate([one.numpy() for one in outputs[1]])
            expected = 0.7 * expected + 0.3 * rows.mean(0)
            np.testing.assert_allclose(objective.centre, expected, atol=1e-5)
        assert int(objective.steps) == int(objective.teacher.steps) == 0

    def test_teachers_temperature_and_momentum_follow_their_schedules(self):
        objective = self.seeded()
        (crops,) = self.inputs(4)
        for step in range(6):
            temperature = 0.2 + 0.2 * min(step / 4, 1)
            np.testing.assert_allclose(objective.current_teacher_temperature(), temperature, rtol=1e-6)
            momentum = 1 - (1 - 0.9) * (np.cos(np.pi * step / 50) + 1) / 2
            np.testing.assert_allclose(objective.teacher.current_momentum(), momentum, atol=1e-6)
            objective.train_on_batch(crops)
        assert float(self.make(warmup_steps=0).current_teacher_temperature()) == np.float32(0.4)

    def test_teacher_follows_encoder_head_and_prototypes(self):
        objective = self.make(momentum=0.5, total_steps=None)
        objective.compile(keras.optimizers.SGD(0.1))
        parts = (objective.encoder.layers[1], objective.projector.parts[0], objective.prototype_layer)
        encoder, projector, prototypes = objective.teacher.models
        copies = (encoder.layers[1], projector.parts[0], prototypes)
        before = [part.kernel.numpy() for part in parts]
        objective.train_on_batch(self.inputs(4)[0])
        for old, part, copied in zip(before, parts, copies, strict=True):
            assert np.abs(part.kernel.numpy() - old).max() > 1e-5
            np.testing.assert_allclose(copied.kernel, (old + part.kernel.numpy()) / 2, atol=1e-6)
        trained = {id(weight) for weight in objective.trainable_variables}
        assert not trained & {id(weight) for weight in objective.teacher.weights}

    @pytest.mark.parametrize(
        "arguments",
        [
            {"teacher_temperature": 0.0},
            {"first_teacher_temperature": -1.0},
            {"warmup_steps": -1},
            {"centre_momentum": 1.5},
            {"momentum": -0.1},
        ],
    )
    def test_own_numbers_out_of_range_are_named(self, arguments):
        ((name, value),) = arguments.items()
        with pytest.raises(ValueError, match=f"`{name}` must be.*Received: {name}={value}"):
            self.make(**arguments)
