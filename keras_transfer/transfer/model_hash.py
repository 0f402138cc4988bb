"""What tells one network from another."""

import hashlib
import json

import keras
import numpy as np

# They say how a model is trained, or stood in a file; not what it computes.
_PASSED_OVER = ("trainable", "compile_config", "build_config", "shared_object_id")


def model_hash(model):
    """SHA-256 of a model's architecture and weights: the same in every process, another after any step of training.

    Its layers' names count, its own does not, nor what in it trains. The code of layers written by hand is not looked at.

    Args:
        model: Built `keras.Model` or layer.

    Returns:
        64 hexadecimal digits.
    """
    digest = hashlib.sha256(type(model).__name__.encode())
    config = dict(model.get_config())
    config.pop("name", None)
    digest.update(json.dumps(_plain(config), sort_keys=True, default=str).encode())
    for weight in model.weights:
        values = np.ascontiguousarray(keras.ops.convert_to_numpy(weight.value))
        digest.update(f"{values.dtype} {values.shape}".encode())
        digest.update(values.view(np.uint8).data if values.ndim else values.tobytes())
    return digest.hexdigest()


def _plain(config):
    if isinstance(config, dict):
        return {str(key): _plain(value) for key, value in config.items() if key not in _PASSED_OVER}
    if isinstance(config, list | tuple):
        return [_plain(value) for value in config]
    return config
