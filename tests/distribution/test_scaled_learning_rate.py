import pytest

from keras_transfer.distribution import scaled_learning_rate


def test_figures_of_the_papers():
    # Goyal et al.: 0.1 at 256 becomes 3.2 at 8192. SimCLR, appendix B.1: 4.8 = 0.3 x 4096 / 256, and 0.075 x sqrt(4096) = 4.8.
    assert scaled_learning_rate(0.1, 8192) == pytest.approx(3.2)
    assert scaled_learning_rate(0.3, 4096) == pytest.approx(4.8)
    assert scaled_learning_rate(0.075, 4096, base_batch=1, rule="sqrt") == pytest.approx(4.8)


def test_the_base_batch_keeps_its_rate():
    for rule in ("linear", "sqrt"):
        assert scaled_learning_rate(0.01, 64, base_batch=64, rule=rule) == 0.01


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"base": 0, "global_batch": 1}, "`base` must be > 0"),
        ({"base": 1, "global_batch": 0}, "global_batch=0"),
        ({"base": 1, "global_batch": 1, "base_batch": 0}, "base_batch=0"),
        ({"base": 1, "global_batch": 1, "rule": "cubic"}, "cubic"),
    ],
)
def test_errors(arguments, message):
    with pytest.raises(ValueError, match=message):
        scaled_learning_rate(**arguments)
