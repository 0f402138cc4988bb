"""The way back from a code to an image."""

import keras


def image_decoder(code_shape, image_shape, width=32, momentum=0.9, name="image_decoder"):
    """Double the resolution with 3 x 3 convolutions until the image's size is reached, then map to its channels.

    A vector is first spread by a dense layer over a map of 4 to 7 pixels a side. Batch norm and ReLU after every layer but the
    last, which is linear and in float32.

    Args:
        code_shape: What the encoder gives: `(features,)`, or `(height, width, features)` of a feature map.
        image_shape: `(height, width, channels)` to rebuild.
        width: Filters of the last hidden convolution; twice as many a stage earlier, at most four times.
        momentum: Of the batch norms' moving statistics.
        name: Of the model.

    Returns:
        A functional `keras.Model` from codes to images.

    Raises:
        ValueError: if a shape is not as said above, or not known.

    Example:
        >>> keras_transfer.encoders.image_decoder((128,), (28, 28, 1)).output_shape
        (None, 28, 28, 1)
    """
    code_shape, image_shape = tuple(code_shape), tuple(image_shape)
    if len(image_shape) != 3 or None in image_shape:
        raise ValueError(f"`image_shape` must be (height, width, channels). Received: image_shape={image_shape}")
    if len(code_shape) not in (1, 3) or None in code_shape:
        raise ValueError(
            "`code_shape` must be (features,) or (height, width, features), with no size left open. "
            f"Received: code_shape={code_shape}"
        )
    stages = _stages(code_shape, image_shape)
    inputs = outputs = keras.Input(code_shape)
    if len(code_shape) == 1:
        height, length = (-(-side // 2**stages) for side in image_shape[:2])
        filters = width << min(stages, 2)
        outputs = keras.layers.Dense(height * length * filters, use_bias=False, name="spread")(outputs)
        outputs = _norm_relu(keras.layers.Reshape((height, length, filters))(outputs), momentum, "spread")
    for stage in range(stages):
        filters = width << min(stages - 1 - stage, 2)
        outputs = keras.layers.UpSampling2D(2, name=f"stage{stage + 1}_double")(outputs)
        outputs = keras.layers.Conv2D(filters, 3, padding="same", use_bias=False, name=f"stage{stage + 1}_conv")(
            outputs
        )
        outputs = _norm_relu(outputs, momentum, f"stage{stage + 1}")
    over = [grown - side for grown, side in zip(outputs.shape[1:3], image_shape[:2], strict=True)]
    if any(over):
        outputs = keras.layers.Cropping2D([(rest // 2, rest - rest // 2) for rest in over], name="crop")(outputs)
    outputs = keras.layers.Conv2D(image_shape[2], 3, padding="same", dtype="float32", name="pixels")(outputs)
    return keras.Model(inputs, outputs, name=name)


def _stages(code_shape, image_shape):
    """How many doublings lead to at least the image's size."""
    stages = 0
    if len(code_shape) == 1:
        while max(image_shape[:2]) > 7 << stages and min(image_shape[:2]) > 4 << stages:
            stages += 1
        return stages
    while any(code << stages < side for code, side in zip(code_shape[:2], image_shape[:2], strict=True)):
        stages += 1
    return stages


def _norm_relu(outputs, momentum, name):
    outputs = keras.layers.BatchNormalization(momentum=momentum, synchronized=True, name=f"{name}_norm")(outputs)
    return keras.layers.ReLU(name=f"{name}_relu")(outputs)
