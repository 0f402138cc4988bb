import pytest

from keras_transfer.project import Field


def test_a_default_keeps_to_the_limits():
    with pytest.raises(ValueError, match="`default` must be >= 1. Received: 0"):
        Field(int, 0, minimum=1)
    with pytest.raises(ValueError, match="`default` must be one of a, b. Received: c"):
        Field(str, "c", choices={"a": "first", "b": "second"})


def test_unknown_types():
    with pytest.raises(TypeError, match="`type` must be one of bool, int"):
        Field(dict)
    with pytest.raises(TypeError, match="Received: list"):
        Field(list[dict])


def test_problem():
    field = Field(list[float], (1.0,), above=0, maximum=2)
    assert field.problem((1.0, 2.0)) is None
    assert field.problem((1.0, 0.0)) == "must be > 0. Received: 0.0"
    assert field.problem((3.0,)) == "must be <= 2. Received: 3.0"
    assert field.problem((float("nan"),)) == "must be finite. Received: nan"
