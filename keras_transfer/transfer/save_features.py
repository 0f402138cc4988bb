"""An encoder's outputs as a table on disk."""

import itertools
import json

import keras
import numpy as np

from keras_transfer.transfer.feature_batches import feature_batches
from keras_transfer.transfer.model_hash import model_hash
from keras_transfer.version import __version__
from keras_transfer.whole_file import whole_file

METADATA = b"keras_transfer"


def save_features(
    path,
    encoder,
    data,
    labels=None,
    ids=None,
    *,
    wide=False,
    batch_size=256,
    layer=None,
    pool=False,
    compression="zstd",
):
    """Write what an encoder makes of every sample as a Parquet file, a batch at a time, so that data need not fit in memory.

    The columns are `id`, `label` where there are labels, and `features`, a list of float32; or with `wide` one column a
    feature, `f0`, `f1` and so on. The file's metadata hold, under the key `keras_transfer`, JSON with the encoder's name and
    hash (`model_sha256`), the layer, the width, and the versions. The file appears when it is complete.

    Args:
        path: File to write, such as `"features.parquet"`.
        encoder: Built model.
        data: As in `features`: arrays, or batches of inputs or `(inputs, labels)`.
        labels: One a sample, numbers or strings. None: those that batches bring.
        ids: One a sample, numbers or strings, such as file names. None: 0, 1, 2 and so on.
        wide: Whether each feature has a column of its own.
        batch_size: Samples at a time of an array.
        layer: Path or name of a layer within whose output is written instead.
        pool: Whether maps and sequences are averaged over their positions, not flattened.
        compression: Of Parquet: "zstd", "snappy", "gzip", "none".

    Returns:
        Number of rows.

    Raises:
        ImportError: if pyarrow is not installed.
        ValueError: if labels or ids are not one a sample, or there is no such layer.
        FileNotFoundError: if the folder of `path` does not exist.

    Example:
        >>> keras_transfer.transfer.save_features("features.parquet", encoder, images, labels)
        1000
        >>> pandas.read_parquet("features.parquet").columns.tolist()
        ['id', 'label', 'features']
    """
    arrow, parquet = _pyarrow()
    given = {name: _one_each(name, values) for name, values in (("id", ids), ("label", labels))}
    batches = feature_batches(encoder, data, batch_size, layer, pool)
    first = next(batches, None)
    if first is None:
        raise ValueError("`data` holds no samples. Received: nothing to encode")
    about = {
        "model": encoder.name,
        "model_sha256": model_hash(encoder),
        "layer": layer,
        "width": first[0].shape[1],
        "keras_transfer": __version__,
        "keras": keras.__version__,
    }
    rows, schema = 0, None
    with whole_file(path) as temporary:
        writer = None
        try:
            for found, brought in itertools.chain([first], batches):
                columns = _columns(found, brought, given, rows)
                if writer is None:
                    schema = _schema(arrow, columns, first[0].shape[1], wide, about)
                    writer = parquet.ParquetWriter(temporary, schema, compression=compression)
                writer.write_table(_table(arrow, columns, found, schema, wide))
                rows += len(found)
        finally:
            if writer is not None:
                writer.close()
        for name, values in given.items():
            if values is not None and len(values) != rows:
                raise ValueError(
                    f"`{name}s` must hold one for each of {rows} samples. Received: {len(values)}. Nothing was written."
                )
    return rows


def _pyarrow():
    try:
        import pyarrow
        import pyarrow.parquet
    except ImportError as error:
        raise ImportError(
            "Writing Parquet needs pyarrow, which is not installed: pip install 'keras_transfer[features]'"
        ) from error
    return pyarrow, pyarrow.parquet


def _one_each(name, values):
    if values is None:
        return None
    values = np.asarray(values)
    if values.ndim != 1 or values.dtype.kind not in "iufbUS":
        raise ValueError(
            f"`{name}s` must be numbers or strings, one a sample. Received: {values.dtype} of shape {values.shape}"
        )
    return values


def _columns(found, brought, given, start):
    rows = slice(start, start + len(found))
    columns = {"id": np.arange(start, start + len(found)) if given["id"] is None else given["id"][rows]}
    labels = brought if given["label"] is None else given["label"][rows]
    if labels is not None:
        columns["label"] = labels[:, 0] if labels.ndim == 2 and labels.shape[1] == 1 else labels
    for name, values in columns.items():
        if values.shape != (len(found),):
            raise ValueError(
                f"There must be one {name} a sample, {len(found)} for the samples from {start} on. Received: shape "
                f"{values.shape}. Nothing was written."
            )
    return columns


def _schema(arrow, columns, width, wide, about):
    fields = [(name, arrow.array(_plain(values)).type) for name, values in columns.items()]
    if wide:
        fields += [(f"f{index}", arrow.float32()) for index in range(width)]
    else:
        fields.append(("features", arrow.list_(arrow.float32())))
    return arrow.schema(fields, metadata={METADATA: json.dumps(about).encode()})


def _table(arrow, columns, found, schema, wide):
    arrays = [arrow.array(_plain(values), type=schema.field(name).type) for name, values in columns.items()]
    if wide:
        arrays += [arrow.array(column) for column in found.T.copy()]
    else:
        offsets = np.arange(len(found) + 1, dtype=np.int32) * found.shape[1]
        arrays.append(arrow.ListArray.from_arrays(offsets, arrow.array(found.reshape(-1))))
    return arrow.Table.from_arrays(arrays, schema=schema)


def _plain(values):
    """Strings of tf.data are bytes."""
    if values.dtype.kind == "O":
        return [value.decode() if isinstance(value, bytes) else value for value in values]
    return np.char.decode(values, "utf-8") if values.dtype.kind == "S" else values
