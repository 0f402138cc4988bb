"""The spatial features an encoder has before it pools them."""

import keras

from keras_transfer.encoders.vit import ViT


def feature_map(encoder, layer=None):
    """The part of an encoder that ends in a map of features, sharing its layers.

    Args:
        encoder: Functional `keras.Model` from images.
        layer: Name of the layer whose output to give. Default: the last one whose output is `(batch, height, width,
            features)`; in a `ViT`, its patches' tokens.

    Returns:
        A functional `keras.Model` from images to maps.

    Raises:
        ValueError: if the encoder is not functional, has no such layer, or the layer's output is no map.

    Example:
        >>> encoder = keras_transfer.encoders.small_cnn((28, 28, 1))
        >>> keras_transfer.encoders.feature_map(encoder).output_shape
        (None, 7, 7, 128)
    """
    if isinstance(encoder, ViT) and layer is None:
        return encoder.feature_map()
    if not isinstance(encoder, keras.Model) or not hasattr(encoder, "operations"):
        raise ValueError(
            "The feature map inside an encoder can only be reached in a functional or sequential Keras model. "
            f"Received: {encoder!r}"
        )
    maps = [each.name for each in encoder.layers if _is_map(each)]
    if layer is None and not maps:
        raise ValueError(
            f"No layer of `encoder` gives a map (batch, height, width, features). Received: {encoder.name}"
        )
    if layer is not None and layer not in maps:
        raise ValueError(
            f"`{layer}` is not a layer of {encoder.name} that gives a map (batch, height, width, features). Those are: "
            f"{', '.join(maps)}"
        )
    return keras.Model(encoder.input, encoder.get_layer(layer or maps[-1]).output, name=f"{encoder.name}_map")


def _is_map(layer):
    if isinstance(layer, keras.layers.InputLayer) or not layer._inbound_nodes:
        return False
    return isinstance(layer.output, keras.KerasTensor) and len(layer.output.shape) == 4
