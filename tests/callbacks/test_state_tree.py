import json

import ml_dtypes
import numpy as np
import pytest

from keras_transfer.callbacks.state_tree import decode, encode


def round_trip(tree):
    json_tree, arrays = encode(tree)
    assert all(array.dtype.kind in "biufcSU" for array in arrays.values())  # what .npy holds without pickle
    return decode(json.loads(json.dumps(json_tree)), arrays)


def test_plain_values_come_back():
    tree = {"a": [1, 2.5, None, True, "text"], "b": {"c": (1, (2, [3]))}, "nan": [float("inf")], "empty": [{}, [], ()]}
    assert round_trip(tree) == tree


@pytest.mark.parametrize(
    "dtype", ["float32", "float16", "int8", "uint32", "bool", ml_dtypes.bfloat16, ml_dtypes.float8_e4m3fn]
)
def test_arrays_come_back(dtype):
    array = np.arange(6).reshape(2, 3).astype(dtype)
    back = round_trip({"x": [array, array[:, :1], np.zeros((0, 3), dtype)]})["x"]
    assert [one.dtype for one in back] == [array.dtype] * 3
    assert [one.shape for one in back] == [(2, 3), (2, 1), (0, 3)]
    assert back[0].tobytes() == array.tobytes()


@pytest.mark.parametrize("value", [np.float32(0.1), np.int64(7), np.bool_(True)])
def test_numpy_scalars_keep_their_type(value):
    back = round_trip([value])[0]
    assert type(back) is type(value) and back == value


@pytest.mark.parametrize(
    ("tree", "place"),
    [
        ({"a": [object()]}, r"object at state\['a'\]\[0\]"),
        ({"a": {1: 2}}, r"1 in state\['a'\]"),
        ({"__array__": 2}, "__array__"),
        ({"a": np.array([object()])}, "dtype object"),
        ({"f": test_plain_values_come_back}, "function"),
    ],
)
def test_anything_else_is_named(tree, place):
    with pytest.raises(TypeError, match=place):
        encode(tree)
