"""An encoder's outputs as an array."""

import keras
import numpy as np


def features(encoder, inputs, batch_size=256):
    """What an encoder makes of every sample, computed without augmentation or dropout.

    Args:
        encoder: Built model; its outputs are flattened to one vector a sample.
        inputs: Array of shape `(samples, ...)`, as the encoder takes it.
        batch_size: Samples at a time.

    Returns:
        float32 array of shape `(samples, features)`.

    Example:
        >>> keras_transfer.transfer.features(encoder, images).shape
        (1000, 128)
    """
    inputs = np.asarray(inputs)
    # Eagerly: `predict` would trace a function first, which takes longer than one pass over a small set.
    parts = [
        keras.ops.convert_to_numpy(encoder(inputs[start : start + batch_size], training=False))
        for start in range(0, len(inputs), batch_size)
    ]
    return np.concatenate(parts).astype(np.float32).reshape(len(inputs), -1)
