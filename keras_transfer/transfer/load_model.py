"""Loading a saved model, whatever of this library it is made of."""

import importlib
import os

import keras

from keras_transfer.transfer.check_model_file import check_model_file

# Importing a package registers its classes with Keras.
_PACKAGES = ("losses", "layers", "encoders", "metrics", "optimizers", "data", "objectives")
_LONGEST = 500


def load_model(path):
    """Load a `.keras` file in a process that has not imported the library's parts yet; always in Keras's safe mode.

    `keras.saving.load_model` does the same once the classes that are in the file have been imported.

    Args:
        path: A `.keras` file.

    Returns:
        The model, compiled if it was when it was saved.

    Raises:
        FileNotFoundError: if there is no such file.
        ValueError: if it is not a `.keras` file, is damaged, or asks for what no saved model needs: code, other files, classes
            that nobody registered, sizes far beyond what is stored.

    Example:
        >>> classifier = keras_transfer.transfer.load_model("runs/latest/classifier.keras")
    """
    path = os.fspath(path)
    if not os.path.isfile(path):
        raise FileNotFoundError(f"{path}: no such file; name a model that `model.save` wrote, ending in .keras")
    for package in _PACKAGES:
        importlib.import_module(f"keras_transfer.{package}")
    check_model_file(path)
    try:
        return keras.saving.load_model(path, safe_mode=True)
    except (ArithmeticError, AttributeError, LookupError, OSError, TypeError, ValueError) as error:
        # What Keras's classes raise over a config that is not theirs, within sentences about the model around it.
        innermost = str(error).rpartition("Exception encountered:")[2].partition("Full object config")[0]
        reason = " ".join(innermost.split())[:_LONGEST]
        raise ValueError(f"{path} cannot be loaded: {type(error).__name__}: {reason}") from error
