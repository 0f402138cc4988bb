"""Nested Python state with NumPy arrays in it, as JSON and a flat table of arrays. Needs NumPy only, no pickle."""

import numpy as np

_ARRAY, _SCALAR, _TUPLE = "__array__", "__scalar__", "__tuple__"
_MARKS = (_ARRAY, _SCALAR, _TUPLE)


def encode(tree):
    """Split a tree into what JSON can hold and a table of arrays.

    Args:
        tree: Dicts with string keys, lists and tuples of None, booleans, numbers, strings, NumPy scalars and NumPy arrays.

    Returns:
        `(json_tree, arrays)`; `decode(json_tree, arrays)` gives the tree back, types included.

    Raises:
        TypeError: if there is anything else in the tree, with its place.
    """
    arrays = {}
    return _encode(tree, arrays, "state"), arrays


def decode(json_tree, arrays):
    """Put the arrays back into the tree that `encode` made."""
    if isinstance(json_tree, list):
        return [decode(value, arrays) for value in json_tree]
    if not isinstance(json_tree, dict):
        return json_tree
    if _ARRAY in json_tree:
        array = arrays[json_tree[_ARRAY]]
        return array.view(_dtype(json_tree["dtype"])) if "dtype" in json_tree else array
    if _SCALAR in json_tree:
        return arrays[json_tree[_SCALAR]][()]
    if _TUPLE in json_tree:
        return tuple(decode(value, arrays) for value in json_tree[_TUPLE])
    return {key: decode(value, arrays) for key, value in json_tree.items()}


def _encode(value, arrays, place):
    if value is None or (isinstance(value, (bool, int, float, str)) and not isinstance(value, np.generic)):
        return value
    if isinstance(value, np.ndarray | np.generic):
        return _encode_array(value, arrays, place)
    if isinstance(value, tuple):
        return {_TUPLE: [_encode(item, arrays, f"{place}[{i}]") for i, item in enumerate(value)]}
    if isinstance(value, list):
        return [_encode(item, arrays, f"{place}[{i}]") for i, item in enumerate(value)]
    if isinstance(value, dict):
        for key in value:
            if not isinstance(key, str) or key in _MARKS:
                raise TypeError(
                    f"Keys of a saved state must be strings other than {_MARKS}. Received: {key!r} in {place}"
                )
        return {key: _encode(item, arrays, f"{place}[{key!r}]") for key, item in value.items()}
    raise TypeError(
        "A saved state holds dicts, lists, tuples, None, booleans, numbers, strings and NumPy arrays only. "
        f"Received: {type(value).__name__} at {place}"
    )


def _encode_array(value, arrays, place):
    if value.dtype.hasobject:
        raise TypeError(f"Arrays of Python objects cannot be saved without pickle. Received: dtype object at {place}")
    key = f"a{len(arrays)}"
    if isinstance(value, np.generic):
        arrays[key] = np.asarray(value)
        return {_SCALAR: key}
    if value.dtype.kind != "V":
        arrays[key] = value
        return {_ARRAY: key}
    # bfloat16 and the float8 types are not NumPy's own: the .npy format would forget which they are.
    arrays[key] = value.view(np.dtype(f"u{value.dtype.itemsize}"))
    return {_ARRAY: key, "dtype": value.dtype.name}


def _dtype(name):
    import ml_dtypes  # registers the names; only needed where such an array was saved

    return np.dtype(getattr(ml_dtypes, name))
