"""The fourteen things that go wrong in Keras when `trainable` flips: ours does them right.

What stock Keras 3.15.1 does is pinned as well. If a case of it fails, Keras has changed, and what is built around it may go.
"""

import keras
import pytest

from benchmarks.stock_keras_traps import TRAPS

RIGHT_IN_KERAS = {"optimizer built on everything first"}


@pytest.mark.parametrize("title", TRAPS)
def test_ours_is_right(title):
    right, happened = TRAPS[title][1]()
    assert right, happened


@pytest.mark.parametrize("title", TRAPS)
def test_stock_keras_is_as_described(title):
    right, happened = TRAPS[title][0]()
    assert right == (title in RIGHT_IN_KERAS), f"Keras {keras.__version__}: {happened}"
