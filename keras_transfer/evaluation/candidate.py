"""An encoder to be ranked, from whatever names it."""

import os
from pathlib import Path

import keras

from keras_transfer.encoders.backbone import from_keras_hub
from keras_transfer.encoders.image_encoder import NAMES, image_encoder
from keras_transfer.transfer.load_model import load_model


def candidate(name, input_shape):
    """Open an encoder of images.

    Args:
        name: Path of a `.keras` file, an encoder or a classifier that ends in a layer named `head`, which is left out; of a
            run's folder, whose `encoder.keras` is meant; of the folder of a keras-hub preset (without an image converter it is
            given pixels in 0..1); or the name of one of our encoders, such as `"small_cnn"`, which is taken with random
            weights.
        input_shape: `(height, width, channels)` of the images.

    Returns:
        `(label, encoder)`: what to call it, and a model from images in 0..1.

    Raises:
        FileNotFoundError: if there is no such file or folder.
        ValueError: if it is nothing of these, is damaged, or takes other images.
    """
    path = Path(name)
    if name in NAMES and not path.exists():
        keras.utils.set_random_seed(0)
        return f"{name} (random)", image_encoder(name, input_shape)
    if not path.exists():
        raise FileNotFoundError(
            f"{name}: no such file or folder, nor one of our encoders ({', '.join(NAMES)}). Name a .keras file, a run's folder "
            "or the folder of a keras-hub preset."
        )
    if path.is_dir() and (path / "encoder.keras").is_file():
        path = path / "encoder.keras"
    if path.is_dir():
        encoder = _preset(path, input_shape)
    else:
        encoder = _without_head(load_model(path))
    expected = encoder.input_shape
    fits = isinstance(expected, tuple) and len(expected) == 4
    if not fits or any(one not in (None, other) for one, other in zip(expected[1:], input_shape, strict=True)):
        raise ValueError(f"{name} takes inputs of shape {expected}. Received: images of shape {tuple(input_shape)}")
    return str(name), encoder


def _preset(path, input_shape):
    if not (path / "config.json").is_file():
        held = ", ".join(sorted(os.listdir(path))[:5]) or "nothing"
        raise ValueError(
            f"{path} is neither a run's folder (encoder.keras) nor a keras-hub preset (config.json). It holds: {held}"
        )
    # What a backbone alone was saved to does not say which pixels it expects.
    rescaling = None if (path / "image_converter.json").is_file() else "0..1"
    try:
        return from_keras_hub(str(path), input_shape, rescaling)
    except (LookupError, OSError, TypeError, ValueError) as error:
        raise ValueError(
            f"{path} cannot be opened as a keras-hub preset: {str(error).strip().splitlines()[0]}"
        ) from error


def _without_head(model):
    if model.layers[-1].name != "head":
        return model
    return keras.Model(model.input, model.layers[-1].input, name=model.name)
