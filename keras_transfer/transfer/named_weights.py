"""A model's weights by name."""

import dataclasses
import re
from collections.abc import Callable

import keras
from keras.src.utils.naming import to_snake_case

from keras_transfer.transfer.free_name import free_name

_NUMBERED = re.compile(r"(.*?)(?:_(\d+))?")


@dataclasses.dataclass
class NamedWeight:
    """One weight of a model or a file.

    Attributes:
        name: Names of the layers on the way down from the model, which is not part of it, and the weight's own, with slashes.
        shape: Tuple of ints.
        read: Function without arguments that gives the values as an array.
        variable: The `keras.Variable`; None in files.
        layer: The layer that owns it; None in files.
        parent: The layer above that one; None in files, and at the top.
        index: Place among its layer's weights where a file has no names for them, else None.
        renamed: Whether the name was given by the user just now.
    """

    name: str
    shape: tuple
    read: Callable
    variable: keras.Variable | None = None
    layer: keras.Layer | None = None
    parent: keras.Layer | None = None
    index: int | None = None
    renamed: bool = False


def named_weights(model):
    """List all weights of a model, those that never train included, each once.

    Returns:
        A list of `NamedWeight`, in the model's order, which is that of `.weights.h5` within a layer.
    """
    found, layers, taken = [], set(), set()

    def visit(layer, path, parent):
        if id(layer) in layers:
            return
        layers.add(id(layer))
        for variable in [*layer._trainable_variables, *layer._non_trainable_variables]:
            name = free_name(taken, "/".join((*path, variable.name)))
            taken.add(name)

            def read(variable=variable):
                return keras.ops.convert_to_numpy(variable)

            found.append(NamedWeight(name, tuple(variable.shape), read, variable, layer, parent))
        for child in layer._layers:
            visit(child, (*path, child.name), layer)

    visit(model, (), None)
    return found


def class_names(model):
    """The names that Keras gives to layers of the classes in a model, before it numbers them: `dense`, `conv2d`."""
    return {to_snake_case(type(layer).__name__) for layer in model._flatten_layers()}


def without_numbers(names, automatic):
    """Names in which the numbers that Keras gives by itself are replaced by their order.

    `dense_7` and `dense_9`, side by side, become `dense#0` and `dense#1`; two models built one after the other agree then.

    Args:
        names: Names of weights.
        automatic: What `class_names` gave.

    Returns:
        A pair of dicts: from name to the name without numbers; and from each family `parent/dense` to how many it has.
    """
    families = {}
    for name in names:
        parts = name.split("/")
        for depth, part in enumerate(parts[:-1]):
            stem, number = _NUMBERED.fullmatch(part).groups()
            if stem in automatic:
                parent = "/".join(parts[:depth])
                families.setdefault((parent, stem), set()).add((int(number or 0), part))
    order = {
        (parent, part): f"{stem}#{place}"
        for (parent, stem), members in families.items()
        for place, (_, part) in enumerate(sorted(members))
    }

    def plain(parts):
        return [order.get(("/".join(parts[:depth]), part), part) for depth, part in enumerate(parts)]

    counts = {
        "/".join([*plain(parent.split("/") if parent else []), stem]): len(members)
        for (parent, stem), members in families.items()
    }
    return {name: "/".join([*plain(name.split("/")[:-1]), name.split("/")[-1]]) for name in names}, counts
