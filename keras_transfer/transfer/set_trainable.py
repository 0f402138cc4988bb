"""Choose exactly which layers train."""

import keras

from keras_transfer.transfer.weighted_layers import weighted_layers


def set_trainable(model, layers, freeze_batch_norm=()):
    """Let exactly these layers train, and freeze all others.

    Keras's own `layer.trainable = True` sets everything beneath, frozen batch norms and the kernels under LoRA included, and
    does not help where a parent is frozen. Here each layer that owns weights gets its flag, and the layers above it are opened.

    A model that is compiled already needs `model.make_train_function(force=True)` afterwards, and an optimizer that knows all
    the variables; `GradualUnfreeze` does both.

    Args:
        model: Built `keras.Model`.
        layers: Layers or models of it; what is beneath them trains.
        freeze_batch_norm: Layers in which batch norms stay frozen all the same: they use their moving statistics and leave
            them alone. True: all of `layers`.

    Returns:
        The list of the variables that train now.
    """
    frozen = {id(layer) for layer in owners(layers if freeze_batch_norm is True else freeze_batch_norm)}
    chosen = {
        id(layer): layer
        for layer in owners(layers)
        if not (id(layer) in frozen and isinstance(layer, keras.layers.BatchNormalization))
    }
    for layer in model._flatten_layers():
        if layer._trainable_variables or isinstance(layer, keras.layers.BatchNormalization):
            on = id(layer) in chosen
            _open(layer, on)
            for variable in layer._trainable_variables:
                variable.trainable = False
            for variable in own_variables(layer) if on else ():
                variable.trainable = True
    for path in _ways_down(model, set(chosen)):
        for layer in path:
            _open(layer, True)
    return model.trainable_variables


def own_variables(layer):
    """The variables of the layer itself, not of layers beneath, that train when it trains.

    Not those under LoRA: Keras's `enable_lora` freezes a kernel, and a layer of ours lists such variables in `base_variables`.
    """
    base = {id(variable) for variable in getattr(layer, "base_variables", ())}
    if getattr(layer, "lora_enabled", False):
        base |= {id(getattr(layer, name, None)) for name in ("_kernel", "_embeddings")}
    return [variable for variable in layer._trainable_variables if id(variable) not in base]


def owners(layers):
    """The layers that own weights among these and beneath them, each once."""
    found = {}
    for layer in layers:
        found.update((id(owner), owner) for owner in weighted_layers(layer).values())
    return list(found.values())


def _open(layer, on):
    # Not the property: its setter overwrites the flags of all layers beneath.
    layer._trainable = on


def _ways_down(model, chosen):
    """For each chosen layer the layers on the way to it."""

    def visit(layer, path):
        if id(layer) in chosen:
            yield (*path, layer)
        for child in layer._layers:
            yield from visit(child, (*path, layer))

    yield from visit(model, ())
