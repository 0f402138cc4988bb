"""A classifier on top of a pretrained encoder."""

import keras

from keras_transfer.transfer.copy_of import copy_of


def classifier(encoder, classes, dropout=0.0, name="classifier"):
    """A functional model: a copy of the encoder, then a linear layer named `head` that gives logits.

    The encoder is copied, weights and all, so that fine-tuning never changes the pretrained one: one pretrained encoder
    may serve many classifiers.

    Args:
        encoder: Built model from inputs to vectors `(batch, features)` or to maps `(batch, ..., features)`, which are
            averaged.
        classes: Number of classes, `>= 2`.
        dropout: Share of features dropped before the head while training, in `[0, 1)`.
        name: Of the classifier.

    Returns:
        A `keras.Model` from the encoder's inputs to float32 logits of shape `(batch, classes)`.

    Raises:
        ValueError: if `classes < 2`.

    Example:
        >>> model = keras_transfer.transfer.classifier(pretrained.encoder, classes=10)
        >>> model.compile("adam", keras.losses.SparseCategoricalCrossentropy(from_logits=True), metrics=["accuracy"])
    """
    if int(classes) != classes or classes < 2:
        raise ValueError(f"`classes` must be a whole number >= 2. Received: classes={classes}")
    body = copy_of(encoder)
    inputs = keras.Input(batch_shape=body.input_shape, dtype=body.inputs[0].dtype, name="inputs")
    features = body(inputs)
    if len(features.shape) > 2:
        features = keras.layers.Flatten(name="flatten")(_average_over_positions(features))
    if dropout:
        features = keras.layers.Dropout(dropout, name="dropout")(features)
    # Logits in float32 whatever the policy: a softmax of half-precision logits loses the small classes.
    logits = keras.layers.Dense(int(classes), dtype="float32", name="head")(features)
    return keras.Model(inputs, logits, name=name)


def _average_over_positions(features):
    positions = len(features.shape) - 2
    pooling = {1: keras.layers.GlobalAveragePooling1D, 2: keras.layers.GlobalAveragePooling2D}
    if positions not in pooling:
        raise ValueError(
            f"`encoder` must give vectors, sequences or maps of features. Received: output shape {tuple(features.shape)}"
        )
    return pooling[positions](name="pool")(features)
