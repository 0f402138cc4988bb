"""The layers of a model that hold weights, by their path."""

import keras

from keras_transfer.transfer.free_name import free_name


def weighted_layers(model):
    """List the layers that own what `trainable` decides about, at any depth: weights, or a batch norm's statistics.

    Args:
        model: Built `keras.Model` or layer.

    Returns:
        A dict from path to layer in the model's order. A path joins the names of the layers on the way down from the model,
        which is not part of it: `encoder/stage1_conv1`. Frozen layers are included, layers without weights are not. A layer
        used in several places is listed once.

    Raises:
        ValueError: if the model is not built yet.
    """
    found, seen = {}, set()

    def visit(layer, path):
        if id(layer) in seen:
            return
        seen.add(id(layer))
        if layer._trainable_variables or isinstance(layer, keras.layers.BatchNormalization):
            found[free_name(found, "/".join(path) or layer.name)] = layer
        for child in layer._layers:
            visit(child, (*path, child.name))

    visit(model, ())
    if not found:
        raise ValueError(
            f"`model` has no weights. If it was made without an input shape, call it on a batch first. Received: {model.name!r}"
        )
    return found
