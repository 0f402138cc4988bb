"""What tells one network from another."""

import hashlib
import json

import keras
import numpy as np

# They say how a model is trained, or stood in a file; not what it computes.
_PASSED_OVER = ("trainable", "compile_config", "build_config", "shared_object_id")
# Where a config holds names of layers.
_NAMES = ("name", "keras_history", "input_layers", "output_layers")


def model_hash(model):
    """SHA-256 of a model's architecture and weights: the same in every process, another after any step of training.

    Names of layers do not count, as Keras numbers them by itself, nor does what trains. The code of layers written by hand is not
    looked at.

    Args:
        model: Built `keras.Model` or layer.

    Returns:
        64 hexadecimal digits.
    """
    digest = hashlib.sha256(type(model).__name__.encode())
    names = {}
    for layer in model._flatten_layers():
        names.setdefault(layer.name, f"layer {len(names)}")
    digest.update(json.dumps(_plain(model.get_config(), names), sort_keys=True, default=str).encode())
    for weight in model.weights:
        values = np.ascontiguousarray(keras.ops.convert_to_numpy(weight.value))
        digest.update(f"{values.dtype} {values.shape}".encode())
        digest.update(values.view(np.uint8).data if values.ndim else values.tobytes())
    return digest.hexdigest()


def _plain(config, names, key=None):
    if isinstance(config, dict):
        return {str(one): _plain(value, names, one) for one, value in config.items() if one not in _PASSED_OVER}
    if isinstance(config, list | tuple):
        return [_plain(value, names, key) for value in config]
    return names.get(config, config) if key in _NAMES and isinstance(config, str) else config
