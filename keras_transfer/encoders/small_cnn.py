"""A convolutional encoder that learns within minutes on a CPU."""

import keras


def small_cnn(input_shape, width=32, momentum=0.9, name="small_cnn"):
    """Stages of two 3 x 3 convolutions with batch norm and ReLU, each stage twice as wide and half as large as the last.

    As many stages as leave a map of at least 4 x 4: two for 8 x 8 pixels, three for 28 x 28, four from 32 up.

    Args:
        input_shape: `(height, width, channels)` of images with values in 0..1. A side of None takes images of any size, such as
            the small crops of `SwAV` and `DINO` as they are, and counts as a large one.
        width: Filters of the first stage.
        momentum: Of the batch norms' moving statistics. Keras's default of .99 needs hundreds of steps before an
            evaluation is worth anything; few labels give fewer.
        name: Of the model.

    Returns:
        A functional `keras.Model` from images to vectors of `width * 2 ** (stages - 1)` features.

    Raises:
        ValueError: if the images are smaller than 4 x 4.

    Example:
        >>> keras_transfer.encoders.small_cnn((28, 28, 1)).output_shape
        (None, 128)
    """
    smallest = min((side for side in input_shape[:2] if side is not None), default=64)
    if smallest < 4:
        raise ValueError(f"`input_shape` must be at least 4 x 4 pixels. Received: input_shape={tuple(input_shape)}")
    stages = 1
    while stages < 4 and smallest >> stages >= 4:
        stages += 1
    inputs = keras.Input(input_shape)
    # Pixels around zero: the first batch norm need not undo an offset.
    outputs = keras.layers.Rescaling(2.0, -1.0, name="rescale")(inputs)
    for stage in range(stages):
        for block in range(2):
            outputs = keras.layers.Conv2D(
                width << stage, 3, padding="same", use_bias=False, name=f"stage{stage + 1}_conv{block + 1}"
            )(outputs)
            outputs = keras.layers.BatchNormalization(
                momentum=momentum, synchronized=True, name=f"stage{stage + 1}_norm{block + 1}"
            )(outputs)
            outputs = keras.layers.ReLU(name=f"stage{stage + 1}_relu{block + 1}")(outputs)
        if stage < stages - 1:
            outputs = keras.layers.MaxPooling2D(2, name=f"stage{stage + 1}_pool")(outputs)
    outputs = keras.layers.GlobalAveragePooling2D(name="pool")(outputs)
    return keras.Model(inputs, outputs, name=name)
