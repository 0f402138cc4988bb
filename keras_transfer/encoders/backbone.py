"""Backbones of other libraries as encoders: images in 0..1 to one vector each."""

import sys

import keras
import numpy as np

from keras_transfer.layers.image_rescaling import ImageRescaling

_POOLS = ("mean", "first")


def from_keras_applications(model, input_shape, weights=None, rescaling=None, name=None, **options):
    """A network of `keras.applications` as an encoder, without its classifier.

    Args:
        model: Name, such as "MobileNetV3Small", or the function, such as `keras.applications.ResNet50`.
        input_shape: `(height, width, channels)` of images with values in 0..1.
        weights: None: fresh. "imagenet": fetched by Keras over the network. Or a path to a file.
        rescaling: What the network expects, as in `layers.ImageRescaling`. Default: what its own `preprocess_input` makes.
        name: Of the encoder. Default: the network's.
        **options: Of the network, such as `alpha=0.35` for a narrow MobileNet.

    Returns:
        A functional `keras.Model` from images to vectors; its layer "image_rescaling" says what it does.

    Raises:
        ValueError: if there is no such network, or the rescaling does not fit the channels.

    Example:
        >>> encoder = keras_transfer.encoders.from_keras_applications("MobileNetV3Small", (96, 96, 3))
        >>> encoder.output_shape, encoder.get_layer("image_rescaling").mode
        ((None, 576), '0..255')
    """
    if isinstance(model, str):
        if not callable(getattr(keras.applications, model, None)):
            known = [each for each in dir(keras.applications) if callable(getattr(keras.applications, each))]
            raise ValueError(f"`model` must be one of {', '.join(known)}. Received: model={model!r}")
        model = getattr(keras.applications, model)
    inputs = keras.Input(input_shape)
    rescale = ImageRescaling(rescaling or _rescaling_of(model), name="image_rescaling")
    network = model(include_top=False, weights=weights, input_tensor=rescale(inputs), pooling="avg", **options)
    return keras.Model(inputs, network.output, name=name or network.name)


def from_keras_hub(backbone, input_shape=None, rescaling=None, pool="mean", name=None):
    """A backbone of keras-hub as an encoder.

    Args:
        backbone: A `keras_hub.models.Backbone` for images, as it is. Or the name of a preset, such as "resnet_18_imagenet",
            fetched by keras-hub over the network, or the folder of one.
        input_shape: `(height, width, channels)` of images with values in 0..1. Default: the backbone's, which must not be open.
        rescaling: What the backbone expects, as in `layers.ImageRescaling`. Default: what the preset's image converter says;
            for a backbone without preset, "0..1".
        pool: Of a sequence of tokens: "mean", or "first", the class token. Maps are averaged.
        name: Of the encoder. Default: made from the backbone's.

    Returns:
        A functional `keras.Model` from images to vectors; its layer "image_rescaling" says what it does.

    Raises:
        ValueError: if the backbone's output cannot be made one vector an image, or a shape is open.

    Example:
        >>> backbone = keras_hub.models.ViTBackbone((32, 32, 3), 8, 2, 2, 32, 64)
        >>> keras_transfer.encoders.from_keras_hub(backbone, pool="first").output_shape
        (None, 32)
    """
    if isinstance(backbone, str):
        import keras_hub

        if rescaling is None:
            # Converters scale 0..255; ours start from 0..1.
            converter = keras_hub.layers.ImageConverter.from_preset(backbone)
            scale = 1.0 if converter.scale is None else converter.scale
            rescaling = (255 * np.asarray(scale), 0.0 if converter.offset is None else converter.offset)
        backbone = keras_hub.models.Backbone.from_preset(backbone)
    return _encoder(backbone, input_shape, rescaling or "0..1", pool, name)


def from_keras_cv(backbone, input_shape=None, rescaling=None, pool="mean", name=None):
    """A backbone of keras-cv as an encoder.

    Args:
        backbone: A `keras_cv.models.Backbone`, as it is. Or the name of a preset, such as "resnet18_imagenet", fetched by
            keras-cv over the network.
        input_shape: As in `from_keras_hub`.
        rescaling: What the backbone expects, as in `layers.ImageRescaling`. Default: "0..255" for one that rescales for itself
            (`include_rescaling=True`), else "0..1".
        pool: As in `from_keras_hub`.
        name: Of the encoder. Default: made from the backbone's.

    Returns:
        A functional `keras.Model` from images to vectors; its layer "image_rescaling" says what it does.

    Raises:
        ValueError: if the backbone's output cannot be made one vector an image, or a shape is open.

    Example:
        >>> backbone = keras_cv.models.ResNet18Backbone()
        >>> keras_transfer.encoders.from_keras_cv(backbone, (32, 32, 3)).output_shape
        (None, 512)
    """
    if isinstance(backbone, str):
        import keras_cv

        backbone = keras_cv.models.Backbone.from_preset(backbone)
    if rescaling is None:
        rescaling = "0..255" if getattr(backbone, "include_rescaling", False) else "0..1"
    return _encoder(backbone, input_shape, rescaling, pool, name)


def _rescaling_of(model):
    """Which mode does what the `preprocess_input` beside a function of keras.applications does, found by trying."""
    pixels = np.random.default_rng(0).random((1, 2, 2, 3)).astype("float32")
    wanted = sys.modules[model.__module__].preprocess_input(pixels * 255)
    for mode in ("0..255", "-1..1", "imagenet", "caffe"):
        if np.allclose(ImageRescaling(mode)(pixels), wanted, rtol=1e-4, atol=1e-3):
            return mode
    raise ValueError(f"How {model.__name__} preprocesses its images is not known here: give `rescaling`.")


def _encoder(backbone, input_shape, rescaling, pool, name):
    if pool not in _POOLS:
        raise ValueError(f"`pool` must be one of {', '.join(_POOLS)}. Received: pool={pool!r}")
    expected = backbone.input_shape
    shape = tuple(input_shape or (expected[1:] if isinstance(expected, tuple) else ()))
    if len(shape) != 3 or None in shape:
        raise ValueError(
            f"Give `input_shape`, (height, width, channels): {backbone.name} leaves it open or takes no images. "
            f"Received: input_shape={input_shape}, a backbone for {expected}"
        )
    inputs = keras.Input(shape)
    outputs = backbone(ImageRescaling(rescaling, name="image_rescaling")(inputs))
    rank = len(outputs.shape) if isinstance(outputs, keras.KerasTensor) else None
    if rank == 4:
        outputs = keras.layers.GlobalAveragePooling2D(name="pool")(outputs)
    elif rank == 3:
        outputs = outputs[:, 0] if pool == "first" else keras.layers.GlobalAveragePooling1D(name="pool")(outputs)
    elif rank != 2:
        raise ValueError(
            f"The backbone must give one map, sequence or vector an image. Received: {backbone.name}, which gives {outputs}"
        )
    return keras.Model(inputs, outputs, name=name or f"{backbone.name}_encoder")
