"""An encoder's outputs, a batch at a time."""

import keras
import numpy as np

from keras_transfer.layers.redirection import Redirection, redirect
from keras_transfer.transfer.find_layer import find_layer


def feature_batches(encoder, data, batch_size=256, layer=None, pool=False):
    """Go through data of any size, and yield what an encoder makes of each batch, without dropout.

    Args:
        encoder: Built model.
        data: An array of shape `(samples, ...)`, or a dict or tuple of arrays where the encoder takes several inputs; or
            batches: a `tf.data.Dataset`, a `keras.utils.PyDataset`, an iterator or generator of inputs or `(inputs, labels)`.
        batch_size: Samples at a time of an array.
        layer: Path or name of a layer within, whose output is taken. None: the encoder's.
        pool: Whether maps and sequences are averaged over their positions (masked ones left out), not flattened.

    Yields:
        `(features, labels)`: float32 of shape `(batch, width)`, and an array of shape `(batch, ...)` or None.

    Raises:
        ValueError: if there is no such layer, or it gives several outputs.
    """
    found = None if layer is None else find_layer(encoder, layer)
    if found is not None:
        redirect(found)
    for inputs, labels in _batches(data, batch_size):
        outputs = _outputs(encoder, inputs, found)
        if not hasattr(outputs, "shape") or len(outputs.shape) == 0:
            name = encoder.name if found is None else found.name
            raise ValueError(
                f"`{name}` must give one array, a row a sample. Received: {type(outputs).__name__}. Name another `layer`."
            )
        yield _rows(outputs, pool), None if labels is None else np.asarray(labels)


def is_batches(data):
    """Whether data come in batches by themselves: datasets, iterators and generators."""
    return hasattr(data, "element_spec") or isinstance(data, keras.utils.PyDataset) or hasattr(data, "__next__")


def _batches(data, batch_size):
    if is_batches(data):
        for batch in _elements(data):
            # Keras's own reading of a batch: a tuple is inputs and labels, and perhaps weights.
            yield keras.utils.unpack_x_y_sample_weight(batch)[:2]
        return
    arrays = keras.tree.map_structure(np.asarray, data) if isinstance(data, dict | tuple) else np.asarray(data)
    lengths = {len(array) for array in keras.tree.flatten(arrays)}
    if len(lengths) != 1:
        raise ValueError(f"All inputs must have as many samples. Received: {sorted(lengths)}")
    for start in range(0, lengths.pop(), batch_size):
        rows = slice(start, start + batch_size)
        yield keras.tree.map_structure(lambda array, rows=rows: array[rows], arrays), None


def _elements(data):
    if isinstance(data, keras.utils.PyDataset):
        return (data[index] for index in range(data.num_batches))
    return iter(data)


def _outputs(encoder, inputs, layer):
    # Eagerly: `predict` would trace a function first, which takes longer than one pass over a small set.
    if layer is None:
        return encoder(inputs, training=False)
    seen = []

    def watch(stock, *args, **kwargs):
        seen.append(stock(*args, **kwargs))
        return seen[-1]

    with Redirection({id(layer): watch}):
        encoder(inputs, training=False)
    if not seen:
        raise ValueError(f"`{encoder.name}` does not call its layer {layer.name!r}: name another `layer`.")
    # Of a layer that is used several times, the last.
    return seen[-1]


def _rows(outputs, pool):
    rows = keras.ops.convert_to_numpy(keras.ops.cast(outputs, "float32"))
    if pool and rows.ndim > 2:
        mask = getattr(outputs, "_keras_mask", None)
        middle = tuple(range(1, rows.ndim - 1))
        if mask is None or tuple(mask.shape) != rows.shape[:-1]:
            return rows.mean(axis=middle)
        kept = keras.ops.convert_to_numpy(mask).astype(np.float32)[..., None]
        return (rows * kept).sum(axis=middle) / np.maximum(kept.sum(axis=middle), 1)
    return rows.reshape(len(rows), -1)
