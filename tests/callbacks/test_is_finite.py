import ml_dtypes
import numpy as np
import pytest

from keras_transfer.callbacks.is_finite import is_finite


@pytest.mark.parametrize("dtype", [np.float16, np.float64, np.complex64, ml_dtypes.bfloat16, ml_dtypes.float8_e5m2])
@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_a_number_that_is_none_is_seen_in_every_type(dtype, value):
    array = np.ones((2, 3), dtype)
    assert is_finite(array)
    array[1, 2] = value
    assert not is_finite(array)


@pytest.mark.parametrize("array", [np.array(3), np.array([True]), np.array(["nan"]), np.array([b"inf"], object)])
def test_what_is_no_float_is_finite(array):
    assert is_finite(array)
