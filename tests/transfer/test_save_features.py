import json
import sys

import keras
import numpy as np
import pandas
import pyarrow.parquet as parquet
import pytest
import tensorflow as tf

from keras_transfer.transfer import features, save_features
from keras_transfer.transfer.model_hash import model_hash


def encoder():
    keras.utils.set_random_seed(0)
    return keras.Sequential(
        [keras.Input((6, 6, 1)), keras.layers.Conv2D(3, 3, name="conv"), keras.layers.GlobalAveragePooling2D()],
        name="tiny",
    )


X = np.random.default_rng(0).random((10, 6, 6, 1), np.float32)


def stacked(frame):
    return np.stack(frame["features"].to_numpy())


def test_rows_are_the_features_with_ids_and_labels(tmp_path):
    model, path = encoder(), tmp_path / "features.parquet"
    names = [f"photo {i}.png" for i in range(10)]
    assert save_features(path, model, X, labels=np.arange(10) % 3, ids=names, batch_size=4) == 10
    frame = pandas.read_parquet(path)
    assert frame.columns.tolist() == ["id", "label", "features"]
    assert frame["id"].tolist() == names and frame["label"].tolist() == [i % 3 for i in range(10)]
    np.testing.assert_array_equal(stacked(frame), features(model, X, batch_size=4))


def test_wide_columns_of_a_layer_and_what_the_metadata_say(tmp_path):
    model, path = encoder(), tmp_path / "features.parquet"
    save_features(path, model, X, wide=True, layer="conv")
    frame = pandas.read_parquet(path)
    assert frame.columns.tolist() == ["id", *(f"f{i}" for i in range(48))]
    np.testing.assert_allclose(frame.iloc[:, 1:], keras.ops.reshape(model.layers[0](X), (10, -1)), rtol=1e-6)
    about = json.loads(parquet.read_schema(path).metadata[b"keras_transfer"])
    assert (about["model"], about["layer"], about["width"]) == ("tiny", "conv", 48)
    assert about["model_sha256"] == model_hash(model)


def test_a_dataset_is_written_batch_by_batch(tmp_path):
    model, path = encoder(), tmp_path / "features.parquet"
    labels = np.array([f"class {i % 2}" for i in range(10)])
    batches = tf.data.Dataset.from_tensor_slices((X, labels)).batch(4)
    assert save_features(path, model, batches) == 10
    file = parquet.ParquetFile(path)
    assert file.num_row_groups == 3  # nothing waited for the rest
    frame = file.read().to_pandas()
    assert frame["label"].tolist() == labels.tolist() and frame["id"].tolist() == list(range(10))
    np.testing.assert_allclose(stacked(frame), features(model, batches), rtol=1e-6)


def test_a_failure_leaves_the_former_file_whole(tmp_path):
    model, path = encoder(), tmp_path / "features.parquet"
    save_features(path, model, X)
    before = path.read_bytes()

    def broken():
        yield X[:4]
        raise OSError("the disk is gone")

    with pytest.raises(OSError, match="disk is gone"):
        save_features(path, model, broken())
    with pytest.raises(ValueError, match="`labels` must hold one for each of 10.*Received: 11"):
        save_features(path, model, X, labels=np.arange(11))
    assert path.read_bytes() == before and [one.name for one in tmp_path.iterdir()] == [path.name]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (dict(labels=np.arange(7)), "one label a sample.*shape \\(7,\\)"),
        (dict(ids=np.zeros((10, 2))), "`ids` must be numbers or strings"),
        (dict(layer="cnv"), "no layer 'cnv'.*conv"),
        (dict(data=np.zeros((0, 6, 6, 1))), "no samples"),
    ],
)
def test_bad_input_is_named_and_nothing_written(tmp_path, change, message):
    arguments = {"data": X, **change}
    with pytest.raises(ValueError, match=message):
        save_features(tmp_path / "features.parquet", encoder(), **arguments)
    assert list(tmp_path.iterdir()) == []


def test_without_pyarrow_or_folder(tmp_path, monkeypatch):
    with pytest.raises(FileNotFoundError, match="no folder"):
        save_features(tmp_path / "absent" / "features.parquet", encoder(), X)
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    with pytest.raises(ImportError, match="keras_transfer\\[features\\]"):
        save_features(tmp_path / "features.parquet", encoder(), X)
