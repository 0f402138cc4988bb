"""One file of records, written whole or not at all."""

import os

import numpy as np
import tensorflow as tf

from keras_transfer.data.file_sha256 import file_sha256
from keras_transfer.whole_file import whole_file


def write_records(path, samples):
    """Write samples to a TFRecord file, atomically: a kill or a full disk leaves what was there before.

    A record is a `tf.train.Example` whose features `0`, `1`, ... hold the bytes of the sample's arrays.

    Args:
        path: The file.
        samples: Tuples of arrays, gone through once; the arrays at one place must be of one shape and type.

    Returns:
        A dict for a manifest: `samples`, `bytes`, `sha256`, and `fields`, the type and shape of each array.

    Raises:
        ValueError: if there is no sample, or samples differ in shape or type.

    Example:
        >>> keras_transfer.data.write_records("x.tfrecord", zip(images, labels))["samples"]
        1000
    """
    count, fields = 0, None
    with whole_file(path) as temporary:
        with tf.io.TFRecordWriter(temporary) as writer:
            for sample in samples:
                arrays = [np.asarray(array) for array in (sample if isinstance(sample, tuple) else (sample,))]
                found = [{"dtype": array.dtype.name, "shape": list(array.shape)} for array in arrays]
                if found != (fields := fields or found):
                    raise ValueError(f"Sample {count} is of another form. Received: {found}. Expected: {fields}")
                writer.write(_example(arrays))
                count += 1
        if not count:
            raise ValueError(f"There is no sample to write to {path}.")
        sha256, size = file_sha256(temporary), os.path.getsize(temporary)
    return {"samples": count, "bytes": size, "sha256": sha256, "fields": fields}


def _example(arrays):
    features = {
        str(i): tf.train.Feature(bytes_list=tf.train.BytesList(value=[array.tobytes()]))
        for i, array in enumerate(arrays)
    }
    # The order of features in a map is not fixed, but for this.
    return tf.train.Example(features=tf.train.Features(feature=features)).SerializeToString(deterministic=True)
