import numpy as np

from keras_transfer.callbacks import TeacherMomentum
from tests.callbacks.monitor_case import fit, model, teacher_model


class TestTeacherMomentum:
    def test_is_that_of_the_next_step(self):
        history = fit(teacher_model(momentum=0.9, total_steps=5), [TeacherMomentum()], epochs=6)
        steps = np.minimum(np.arange(1, 7), 5)
        expected = 1 - (1 - 0.9) * (np.cos(np.pi * steps / 5) + 1) / 2
        np.testing.assert_allclose(history["teacher/momentum"], expected, atol=1e-6)
        assert history["teacher/momentum"][-1] == 1

    def test_a_model_without_teacher_logs_nothing(self):
        assert set(fit(model(), [TeacherMomentum()])) == {"loss"}
