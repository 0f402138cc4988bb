"""A classifier of tokens on top of a pretrained encoder."""

import keras

from keras_transfer.encoders.token_encoder import token_encoder
from keras_transfer.transfer.copy_of import copy_of


def token_classifier(encoder, classes, dropout=0.0, name="token_classifier"):
    """A functional model: a copy of the encoder without its pooling, then a linear layer named `head` that gives logits.

    Args:
        encoder: Built model from rows of tokens `(batch, length)` to vectors of texts, as `encoders.sentence_encoder` makes it,
            or to vectors of tokens `(batch, length, width)`. It is copied, weights and all.
        classes: Number of classes, `>= 2`.
        dropout: Share of features dropped before the head while training, in `[0, 1)`.
        name: Of the classifier.

    Returns:
        A `keras.Model` from rows of tokens to float32 logits of shape `(batch, length, classes)`.

    Raises:
        ValueError: if `classes < 2`, or the encoder has no vectors of tokens.

    Example:
        >>> model = keras_transfer.transfer.token_classifier(pretrained, classes=9)
        >>> model.compile("adam", keras_transfer.losses.TokenCrossEntropy())
    """
    if int(classes) != classes or classes < 2:
        raise ValueError(f"`classes` must be a whole number >= 2. Received: classes={classes}")
    body = token_encoder(copy_of(encoder), name=encoder.name)
    inputs = keras.Input(batch_shape=body.input_shape, dtype=body.inputs[0].dtype, name="inputs")
    features = body(inputs)
    if dropout:
        features = keras.layers.Dropout(dropout, name="dropout")(features)
    # Logits in float32 whatever the policy: a softmax of half-precision logits loses the small classes.
    logits = keras.layers.Dense(int(classes), dtype="float32", name="head")(features)
    return keras.Model(inputs, logits, name=name)
