"""A classifier as a TensorFlow SavedModel."""

import json
from pathlib import Path

import keras
import numpy as np
import tensorflow as tf


def saved_model(classifier, folder, class_names=None, check=4):
    """Write a SavedModel that maps inputs to class probabilities, and prove that it does.

    Args:
        classifier: Model from inputs to logits, as `transfer.classifier` makes it.
        folder: Where to; must not exist or be empty.
        class_names: Names in the order of the outputs, written to `assets.extra/classes.json`.
        check: Random inputs on which the file that was written must agree with the model.

    Returns:
        The largest difference of a probability over the inputs that were checked.

    Raises:
        FileExistsError: if the folder holds something.
        ValueError: if there is not one name a class.
        RuntimeError: if what was written computes something else.

    Example:
        >>> keras_transfer.export.saved_model(classifier, "exported", ["cat", "dog"])
        >>> model = tf.saved_model.load("exported")
        >>> model.serve(images)
    """
    folder, classes = Path(folder), classifier.output_shape[-1]
    check_target(folder, classes, class_names)
    inputs = keras.Input(batch_shape=classifier.input_shape, dtype=classifier.inputs[0].dtype)
    probabilities = keras.layers.Softmax(dtype="float32", name="probabilities")(classifier(inputs))
    model = keras.Model(inputs, probabilities)
    model.export(folder, format="tf_saved_model", verbose=False)
    write_class_names(folder, class_names)
    samples = np.random.default_rng(0).random((check, *classifier.input_shape[1:])).astype(classifier.inputs[0].dtype)
    # Held in a name: its variables die with it.
    loaded = tf.saved_model.load(str(folder))
    served = loaded.serve(samples).numpy()
    difference = float(np.abs(served - model.predict(samples, verbose=0)).max())
    if not difference < 1e-3:
        raise RuntimeError(f"{folder}: the SavedModel's probabilities differ from the model's by up to {difference:g}")
    return difference


def check_target(folder, classes, class_names):
    """Stop if a model cannot be written there, or its classes are not all named."""
    if folder.exists() and any(folder.iterdir()):
        raise FileExistsError(f"{folder}: holds files already; name another folder or remove it")
    if class_names is not None and len(class_names) != classes:
        raise ValueError(f"`class_names` must name {classes} classes. Received: {len(class_names)}")


def write_class_names(folder, class_names):
    """Write the names, if there are any, beside the model."""
    if class_names is not None:
        extra = folder / "assets.extra"
        extra.mkdir(exist_ok=True)
        (extra / "classes.json").write_text(json.dumps([str(name) for name in class_names]), encoding="utf-8")
