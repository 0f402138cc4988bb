"""Whether an array holds numbers that are none."""

import numpy as np


def is_finite(array):
    """Whether a NumPy array, of any type, has neither NaN nor infinity in it; what is no float has not."""
    if array.dtype.kind == "V":  # bfloat16, float8
        array = array.astype(np.float32)
    return array.dtype.kind not in "fc" or bool(np.isfinite(array).all())
