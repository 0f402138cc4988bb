import numpy as np
import pytest

from keras_transfer.optimizers import named_schedule
from keras_transfer.optimizers.named_schedule import SCHEDULES as KNOWN
from keras_transfer.project.shared_sections import SCHEDULES


def test_projects_offer_every_schedule():
    assert list(SCHEDULES) == list(KNOWN)


class TestNamedSchedule:
    @pytest.mark.parametrize(("name", "top"), [("warmup_cosine", 10), ("slanted_triangular", 10), ("one_cycle", 25)])
    def test_rises_to_the_peak_and_falls(self, name, top):
        rates = np.array([float(named_schedule(name, 2.0, 100)(step)) for step in range(100)])
        assert abs(int(np.argmax(rates)) - top) <= 1
        assert rates.max() == pytest.approx(2.0, rel=1e-3)
        assert rates[-1] < 0.1
        assert (np.diff(rates[:top]) > 0).all()

    def test_constant_is_the_rate(self):
        assert named_schedule("constant", 0.5, 10) == 0.5

    @pytest.mark.parametrize("steps", range(1, 11))
    def test_short_trainings_have_every_schedule(self, steps):
        for name in SCHEDULES:
            schedule = named_schedule(name, 2.0, steps)
            rates = [float(schedule(step)) if callable(schedule) else schedule for step in range(steps)]
            assert min(rates) >= 0 and 0.5 < max(rates) <= 2.0 + 1e-6

    def test_unknown_is_named(self):
        with pytest.raises(ValueError, match="warmup_cosine, .*'cosine'"):
            named_schedule("cosine", 0.5, 10)
