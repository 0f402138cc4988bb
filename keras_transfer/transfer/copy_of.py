"""A model's twin."""

import keras


def copy_of(model, weights=True):
    """A new model of the same architecture, with the same weights or with fresh ones.

    Args:
        model: A built Keras model, of any kind that can be saved.
        weights: Whether the weights are copied; otherwise they are initialised anew.

    Returns:
        A model that shares nothing with the first.

    Example:
        >>> scratch = keras_transfer.transfer.copy_of(pretrained.encoder, weights=False)
    """
    twin = keras.saving.deserialize_keras_object(keras.saving.serialize_keras_object(model))
    if weights:
        twin.set_weights(model.get_weights())
    return twin
