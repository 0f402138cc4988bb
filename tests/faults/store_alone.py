"""The checkpoint store in a process that imports NumPy only, for faults that need many processes."""

import sys
import types
from pathlib import Path

import numpy as np

ROOT = Path(__file__).parents[2]


def import_store():
    """`keras_transfer.callbacks.checkpoint_store` without its package's other modules, which import TensorFlow."""
    sys.path.insert(0, str(ROOT))
    package = types.ModuleType("keras_transfer.callbacks")
    package.__path__ = [str(ROOT / "keras_transfer" / "callbacks")]
    sys.modules["keras_transfer.callbacks"] = package
    from keras_transfer.callbacks import checkpoint_store

    assert "tensorflow" not in sys.modules
    return checkpoint_store


def state(number, size=1000):
    """A state that can be checked from its number alone."""
    return {
        "number": number,
        "text": f"state {number}",
        "values": {"model": [np.full((size,), number, np.float32), np.arange(number, number + 7)]},
    }


def check(tree):
    """Assert that a tree is exactly what `state` gave, and return its number."""
    expected = state(tree["number"], len(tree["values"]["model"][0]))
    assert tree["text"] == expected["text"]
    for one, other in zip(tree["values"]["model"], expected["values"]["model"], strict=True):
        assert one.dtype == other.dtype
        np.testing.assert_array_equal(one, other)
    return tree["number"]
