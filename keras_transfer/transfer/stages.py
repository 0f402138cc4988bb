"""Find the head of a model and the stages of what is below it, by nesting and names."""

import re

import keras

from keras_transfer.transfer.weighted_layers import weighted_layers

# The first of these words with a number says which stage a layer is in: `conv2_block1_1_conv`, `stage1_norm2`,
# `transformer_layer_3`, `block1a_expand`. `conv2d_5` is no stage.
_STAGE = re.compile(r"((?:stage|stack|level|block|layer)_?\d+|conv_?\d+(?!\d|d(?:_|$)))", re.IGNORECASE)


def stage_of(name):
    """The part of a layer's name that says which stage it is in, in lower case, or None."""
    match = _STAGE.search(name)
    return match and name[: match.end()].lower()


def head_and_stages(model):
    """Divide a model's layers that own weights.

    The head is what comes after the largest nested model; in a model without nested ones, the last layer.

    Returns:
        `(head, stages, units)`: `head` a list of layers; `stages` a list of lists of layers from the input up, with fewer
        than two entries where no structure shows; `units` the same layers divided as finely as makes sense, a batch norm
        with the layer before it.
    """
    children = [child for child in _children(model) if _owners(child)]
    if not children:
        return list(weighted_layers(model).values()), [], []
    at = largest_model(children)
    if at is None or at == len(children) - 1:
        if len(children) == 1:
            return head_and_stages(children[0])
        at = len(children) - 2
    below, head = children[: at + 1], [layer for child in children[at + 1 :] for layer in _owners(child)]
    parts = _opened(below)
    own = _own(model)
    stages = _by_name(parts) or _by_nesting(parts)
    if stages:
        stages[0][:0] = own
    units = _units(parts)
    if own:
        units.insert(0, own)
    return head, stages, units


def _children(layer):
    return layer._layers


def _owners(layer):
    return list(_weighted(layer).values())


def _weighted(layer):
    try:
        return weighted_layers(layer)
    except ValueError:
        return {}


def _own(layer):
    """The layer itself if it owns weights beside those of its children."""
    return [owner for owner in _owners(layer) if owner is layer]


def largest_model(children):
    """Place of the nested model with most parameters among layers, or None."""
    models = [i for i, child in enumerate(children) if isinstance(child, keras.Model)]
    return max(models, key=lambda i: children[i].count_params()) if models else None


def _opened(children):
    """Children of nested models in place of the models, until there are several: these are what stages are made of."""
    while len(children) == 1 and _children(children[0]):
        inner = [child for child in _children(children[0]) if _owners(child)]
        if not inner:
            break
        children = _own(children[0]) + inner
    return children


def _by_name(parts):
    stages, last = [], None
    for part in parts:
        key = stage_of(part.name)
        if not stages or (key and key != last):
            # What stands before the first stage is a stage of its own, what stands between two belongs to the lower.
            stages.append([])
            last = key or last
        stages[-1].extend(_owners(part))
    return stages if last is not None and len(stages) > 1 else None


def _by_nesting(parts):
    stages = []
    for part in parts:
        nested = bool([child for child in _children(part) if _owners(child)])
        if nested or not stages:
            stages.append([])
        stages[-1].extend(_owners(part))
    return stages if len(stages) > 1 else []


def _units(parts):
    units = []
    for part in parts:
        if isinstance(part, keras.layers.BatchNormalization | keras.layers.LayerNormalization) and units:
            units[-1].extend(_owners(part))
        else:
            units.append(_owners(part))
    return units
