"""The layers at which the stages of an encoder end."""

from keras_transfer.transfer.stages import stage_of


def stage_ends(encoder):
    """Where features may be taken from: the last layer of each stage or block, from the input up.

    Stages show in the names of layers, as for `layer_groups`: `stage1_relu2`, `conv3_block4_out`, `block2`. What stands between
    two stages belongs to the lower, what follows the last to it. Without such names, all layers of the model count, once it is
    unpacked if it is wrapped around another.

    Args:
        encoder: Built `keras.Model`.

    Returns:
        Dict from a stage's name to the path of its last layer, for `features(..., layer=path)`.

    Raises:
        ValueError: if the model has fewer than two layers.

    Example:
        >>> keras_transfer.transfer.stage_ends(keras_transfer.encoders.small_cnn((28, 28, 1)))
        {'stage1': 'stage1_pool', 'stage2': 'stage2_pool', 'stage3': 'pool'}
    """
    path, layers = _unpacked(encoder)
    ends, last = {}, None
    for layer in layers:
        last = stage_of(layer.name) or last
        if last is not None:
            ends[last] = "/".join((*path, layer.name))
    if len(ends) < 2:
        ends = {layer.name: "/".join((*path, layer.name)) for layer in layers}
    if len(ends) < 2:
        raise ValueError(f"`{encoder.name}` has no layers to choose from. Received: {[one.name for one in layers]}")
    return ends


def _unpacked(encoder):
    """Names of the models around, and the layers within that give an output."""
    path, model = (), encoder
    while True:
        layers = [layer for layer in model.layers if type(layer).__name__ != "InputLayer"]
        inner = [layer for layer in layers if len(getattr(layer, "layers", ())) > 1]
        weighted = [layer for layer in layers if layer.weights]
        if len(weighted) != 1 or not inner or weighted[0] is not inner[0]:
            return path, layers
        path, model = (*path, inner[0].name), inner[0]
