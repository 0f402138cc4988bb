import json

import keras
import numpy as np
import pytest

from keras_transfer.finetuning import FeatureCache

X = np.random.default_rng(0).random((10, 4), np.float32)


def layers(seed=0, dtype=None):
    keras.utils.set_random_seed(seed)
    return [
        keras.Sequential([keras.Input((4,)), keras.layers.Dense(3, "relu", dtype=dtype, name="dense")], name="body")
    ]


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "cache"


def test_memory_and_disk_hold_what_the_layers_give(folder):
    (body,) = layers()
    for cache in (FeatureCache(), FeatureCache(folder)):
        np.testing.assert_allclose(cache.features([body], X, batch_size=4), body(X), rtol=1e-6)
        cache.features([body], X, batch_size=4)
        assert cache.computed == 1
    again = FeatureCache(folder)
    found = again.features(layers(), X, batch_size=3)
    assert isinstance(found, np.memmap) and again.computed == 0


def test_other_weights_and_other_data_are_other_entries(folder):
    cache = FeatureCache(folder)
    first = np.array(cache.features(layers(0), X))
    assert not np.array_equal(cache.features(layers(1), X), first)
    changed = X.copy()
    changed[3, 2] = np.nextafter(changed[3, 2], 2)
    cache.features(layers(0), changed)
    cache.features(layers(0), X.astype(np.float64))
    assert cache.computed == 4 and len(list(folder.glob("*.npy"))) == 4
    cache.features(layers(0), np.reshape(X, (20, 2)).reshape(10, 4))
    assert cache.computed == 4


def test_half_precision(folder):
    for dtype, kept in (("float16", np.float16), ("bfloat16", np.float32)):
        (body,) = layers(dtype=dtype)
        found = FeatureCache(folder).features([body], X)
        assert found.dtype == kept
        np.testing.assert_array_equal(found, np.asarray(body(X)).astype(kept))


def damage(path, how):
    if how == "bit":
        contents = bytearray(path.read_bytes())
        contents[-1] ^= 1
        path.write_bytes(contents)
    elif how == "cut":
        path.write_bytes(path.read_bytes()[:-5])
    elif how == "gone":
        path.unlink()
    else:
        path.write_text(how)


@pytest.mark.parametrize(
    ("file", "how", "message"),
    [
        ("npy", "bit", "its checksum is not"),
        ("npy", "cut", "its checksum is not"),
        ("npy", "gone", "cannot be read"),
        ("json", "not json", "cannot be read"),
        ("json", "[1]", "cannot be read"),
        ("json", json.dumps({"format": "somebody else's"}), "format, model_sha256, data_sha256 differ"),
    ],
)
def test_damaged_and_foreign_entries_are_named(folder, file, how, message):
    FeatureCache(folder).features(layers(), X)
    (path,) = folder.glob(f"*.{file}")
    damage(path, how)
    with pytest.raises(ValueError, match=f"{path.name} are not used: .*{message}.* Delete the file"):
        FeatureCache(folder).features(layers(), X)
    # As it says.
    for left in folder.iterdir():
        left.unlink()
    FeatureCache(folder).features(layers(), X)


def test_a_failure_leaves_nothing_that_counts(folder, monkeypatch):
    import keras_transfer.finetuning.feature_cache as module

    (body,) = layers()
    real, calls = module.run, []

    def failing(*arguments):
        calls.append(1)
        if len(calls) == 2:
            raise OSError("the disk is full")
        return real(*arguments)

    monkeypatch.setattr(module, "run", failing)
    with pytest.raises(OSError, match="disk is full"):
        FeatureCache(folder).features([body], X, batch_size=4)
    assert list(folder.iterdir()) == []
    np.testing.assert_allclose(FeatureCache(folder).features([body], X), body(X), rtol=1e-6)


def test_bad_arguments_are_named(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(NotADirectoryError, match="Received: the file"):
        FeatureCache(tmp_path / "file")
    with pytest.raises(ValueError, match="views=-1"):
        FeatureCache(views=-1)
