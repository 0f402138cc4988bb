"""A classifier made of texts."""

import keras
import numpy as np


def zero_shot(embedder, classes, scale=1.0, name="zero_shot"):
    """A classifier of images by the texts that name the classes, without a labelled image.

    Args:
        embedder: Model from images to unit vectors, `(batch, d)`, as `CLIP.image_embedder` gives it; it is shared, not copied.
        classes: Unit vectors of the classes, `(classes, d)`, as `evaluation.class_vectors` makes them.
        scale: What cosines are multiplied with, such as `CLIP.scale()`: how sure the probabilities are.
        name: Of the model.

    Returns:
        A `keras.Model` from images to logits, `(batch, classes)`.

    Raises:
        ValueError: if the vectors are of another space.

    Example:
        >>> classifier = keras_transfer.transfer.zero_shot(model.image_embedder(), classes, model.scale())
        >>> keras_transfer.export.saved_model(classifier, "exported", class_names)

    Reference: [Radford et al., 2021](https://arxiv.org/abs/2103.00020), section 3.1.2
    """
    classes, width = np.asarray(classes, np.float32), embedder.output_shape[-1]
    if classes.ndim != 2 or classes.shape[1] != width:
        raise ValueError(f"`classes` must have the shape (classes, {width}). Received: shape {classes.shape}")
    layer = keras.layers.Dense(len(classes), use_bias=False, dtype="float32", name="classes")
    model = keras.Model(embedder.input, layer(embedder.output), name=name)
    layer.kernel.assign(float(scale) * classes.T)
    return model
