import json
import os
from pathlib import Path

import numpy as np
import pytest

import keras_transfer
from keras_transfer.callbacks.checkpoint_store import CheckpointStore


def test_keeps_the_newest(tmp_path):
    store = CheckpointStore(tmp_path, keep=3)
    store.prepare()
    assert store.read() is None
    for i in range(5):
        store.write({"i": i})
    assert store.numbers() == [3, 4, 5]
    generation = store.read()
    assert (generation.number, generation.tree) == (5, {"i": 4})
    assert sorted(os.listdir(tmp_path)) == ["00000003", "00000004", "00000005"]


def test_manifest_says_what_wrote_it(tmp_path):
    store = CheckpointStore(tmp_path)
    path = Path(store.write({"x": np.ones(3)}))
    manifest = json.loads((path / "manifest.json").read_text())
    assert manifest["versions"]["keras_transfer"] == keras_transfer.__version__
    assert manifest["files"]["arrays.npz"]["bytes"] == (path / "arrays.npz").stat().st_size
    with np.load(path / "arrays.npz", allow_pickle=False) as arrays:
        np.testing.assert_array_equal(arrays["a0"], np.ones(3))


@pytest.mark.parametrize("keep", [0, -1, True, 1.5, "2"])
def test_keep_is_checked(keep, tmp_path):
    with pytest.raises(ValueError, match="keep="):
        CheckpointStore(tmp_path, keep)


def test_unsaveable_state_leaves_nothing(tmp_path):
    store = CheckpointStore(tmp_path)
    with pytest.raises(TypeError, match="object"):
        store.write({"x": object()})
    assert os.listdir(tmp_path) == []
