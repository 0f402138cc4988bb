"""Loading a saved model, whatever of this library it is made of."""

import importlib
import os

import keras

# Importing a package registers its classes with Keras.
_PACKAGES = ("losses", "layers", "encoders", "metrics", "optimizers", "data", "objectives")


def load_model(path):
    """Load a `.keras` file in a process that has not imported the library's parts yet; always in Keras's safe mode.

    `keras.saving.load_model` does the same once the classes that are in the file have been imported.

    Args:
        path: A `.keras` file.

    Returns:
        The model, compiled if it was when it was saved.

    Raises:
        FileNotFoundError: if there is no such file.
        ValueError: if it is not a `.keras` file, or holds code (a lambda).

    Example:
        >>> classifier = keras_transfer.transfer.load_model("runs/latest/classifier.keras")
    """
    path = os.fspath(path)
    if not os.path.isfile(path):
        raise FileNotFoundError(f"{path}: no such file; name a model that `model.save` wrote, ending in .keras")
    for package in _PACKAGES:
        importlib.import_module(f"keras_transfer.{package}")
    return keras.saving.load_model(path, safe_mode=True)
