"""Residual networks of 18 and 50 layers."""

import keras

# One output's weights see `fan_out` gradients, as in the published training recipes.
_HE = {
    "class_name": "VarianceScaling",
    "config": {"scale": 2.0, "mode": "fan_out", "distribution": "untruncated_normal"},
}
_STEMS = ("cifar", "imagenet")


def resnet18(input_shape, stem="imagenet", width=64, momentum=0.9, name="resnet18"):
    """ResNet-18: four stages of two blocks, each of two 3 x 3 convolutions.

    Weights are shaped as in the published network; there is no classifier. Strided convolutions pad both sides alike, as the
    published networks do (Keras's own "same" pads one side), so that weights from elsewhere give the same features here.

    Args:
        input_shape: `(height, width, channels)` of images with values in 0..1.
        stem: "imagenet": a 7 x 7 convolution and a pooling, both with stride 2. "cifar": one 3 x 3 convolution with stride 1,
            for images of up to about 64 pixels.
        width: Filters of the first stage; 64 is the published network.
        momentum: Of the batch norms' moving statistics, which are those of all replicas.
        name: Of the model.

    Returns:
        A functional `keras.Model` from images to vectors of `8 * width` features.

    Raises:
        ValueError: if `stem` is neither, or the images are too small for the stem.

    Example:
        >>> keras_transfer.encoders.resnet18((32, 32, 3), stem="cifar").output_shape
        (None, 512)

    Reference: [He et al., 2015](https://arxiv.org/abs/1512.03385); stems as in
    [Chen et al., 2020](https://arxiv.org/abs/2002.05709), section B.9
    """
    return _resnet(input_shape, stem, width, momentum, name, (2, 2, 2, 2), _basic)


def resnet50(input_shape, stem="imagenet", width=64, momentum=0.9, name="resnet50"):
    """ResNet-50: four stages of 3, 4, 6 and 3 blocks that narrow, convolve and widen. The stride is in the 3 x 3 convolution.

    Args:
        input_shape: `(height, width, channels)` of images with values in 0..1.
        stem: "imagenet" or "cifar", as in `resnet18`.
        width: Narrow filters of the first stage; 64 is the published network.
        momentum: Of the batch norms' moving statistics, which are those of all replicas.
        name: Of the model.

    Returns:
        A functional `keras.Model` from images to vectors of `32 * width` features.

    Raises:
        ValueError: if `stem` is neither, or the images are too small for the stem.

    Example:
        >>> keras_transfer.encoders.resnet50((224, 224, 3)).output_shape
        (None, 2048)

    Reference: [He et al., 2015](https://arxiv.org/abs/1512.03385)
    """
    return _resnet(input_shape, stem, width, momentum, name, (3, 4, 6, 3), _bottleneck)


def _resnet(input_shape, stem, width, momentum, name, blocks, block):
    if stem not in _STEMS:
        raise ValueError(f"`stem` must be one of {', '.join(_STEMS)}. Received: stem={stem!r}")
    smallest = 32 if stem == "imagenet" else 8
    if min(input_shape[:2]) < smallest:
        raise ValueError(
            f"`input_shape` must be at least {smallest} x {smallest} pixels with the {stem} stem. "
            f"Received: input_shape={tuple(input_shape)}"
        )
    inputs = keras.Input(input_shape)
    # Pixels around zero: the first batch norm need not undo an offset.
    outputs = keras.layers.Rescaling(2.0, -1.0, name="rescale")(inputs)
    if stem == "imagenet":
        outputs = _conv(outputs, width, 7, 2, momentum, "stem")
        outputs = keras.layers.ReLU(name="stem_relu")(outputs)
        # Zeros are below every other value after a ReLU, so padding with them is padding with nothing.
        outputs = keras.layers.ZeroPadding2D(1, name="stem_pool_pad")(outputs)
        outputs = keras.layers.MaxPooling2D(3, 2, name="stem_pool")(outputs)
    else:
        outputs = keras.layers.ReLU(name="stem_relu")(_conv(outputs, width, 3, 1, momentum, "stem"))
    for stage, count in enumerate(blocks):
        for index in range(count):
            stride = 2 if stage and not index else 1
            outputs = block(outputs, width << stage, stride, momentum, f"stage{stage + 1}_block{index + 1}")
    outputs = keras.layers.GlobalAveragePooling2D(name="pool")(outputs)
    return keras.Model(inputs, outputs, name=name)


def _basic(inputs, width, stride, momentum, name):
    outputs = keras.layers.ReLU(name=f"{name}_relu1")(_conv(inputs, width, 3, stride, momentum, f"{name}_1"))
    outputs = _conv(outputs, width, 3, 1, momentum, f"{name}_2", last=True)
    return _join(inputs, outputs, stride, momentum, name)


def _bottleneck(inputs, width, stride, momentum, name):
    outputs = keras.layers.ReLU(name=f"{name}_relu1")(_conv(inputs, width, 1, 1, momentum, f"{name}_1"))
    outputs = keras.layers.ReLU(name=f"{name}_relu2")(_conv(outputs, width, 3, stride, momentum, f"{name}_2"))
    outputs = _conv(outputs, 4 * width, 1, 1, momentum, f"{name}_3", last=True)
    return _join(inputs, outputs, stride, momentum, name)


def _join(inputs, outputs, stride, momentum, name):
    if inputs.shape != outputs.shape:
        inputs = _conv(inputs, outputs.shape[-1], 1, stride, momentum, f"{name}_shortcut")
    return keras.layers.ReLU(name=f"{name}_relu")(keras.layers.Add(name=f"{name}_add")([inputs, outputs]))


def _conv(inputs, filters, size, stride, momentum, name, last=False):
    """Convolution and batch norm. The last norm of a block starts at zero, so that blocks start as identities."""
    if stride > 1 and size > 1:
        inputs = keras.layers.ZeroPadding2D(size // 2, name=f"{name}_pad")(inputs)
    outputs = keras.layers.Conv2D(
        filters,
        size,
        strides=stride,
        padding="same" if stride == 1 else "valid",
        use_bias=False,
        kernel_initializer=_HE,
        name=f"{name}_conv",
    )(inputs)
    return keras.layers.BatchNormalization(
        momentum=momentum,
        epsilon=1e-5,
        synchronized=True,
        gamma_initializer="zeros" if last else "ones",
        name=f"{name}_norm",
    )(outputs)
