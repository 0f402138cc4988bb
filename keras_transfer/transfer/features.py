"""An encoder's outputs as an array."""

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
    outputs = encoder.predict(np.asarray(inputs), batch_size=batch_size, verbose=0)
    return np.asarray(outputs, np.float32).reshape(len(inputs), -1)
