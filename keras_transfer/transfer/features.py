"""An encoder's outputs as an array."""

import numpy as np

from keras_transfer.transfer.feature_batches import feature_batches


def features(encoder, inputs, batch_size=256, layer=None, pool=False):
    """What an encoder makes of every sample, computed without augmentation or dropout.

    Args:
        encoder: Built model; its outputs are flattened to one vector a sample.
        inputs: Array of shape `(samples, ...)`, as the encoder takes it, a dict or tuple of arrays, or batches: a
            `tf.data.Dataset` or `keras.utils.PyDataset`, whose labels are passed over.
        batch_size: Samples at a time.
        layer: Path or name of a layer within, such as `"encoder/stage2_conv2"`, whose output is taken instead.
        pool: Whether maps and sequences are averaged over their positions, not flattened.

    Returns:
        float32 array of shape `(samples, features)`.

    Raises:
        ValueError: if there are no samples or no such layer.

    Example:
        >>> keras_transfer.transfer.features(encoder, images).shape
        (1000, 128)
    """
    parts = [part for part, _ in feature_batches(encoder, inputs, batch_size, layer, pool)]
    if not parts:
        raise ValueError("`inputs` holds no samples. Received: nothing to encode")
    return np.concatenate(parts)
