"""A layer of a model by its path or name."""

import difflib

from keras_transfer.transfer.free_name import free_name


def find_layer(model, layer):
    """The layer that a name stands for, at any depth.

    Args:
        model: Built `keras.Model`.
        layer: Path of names from the model down, such as `"encoder/stage1_conv1"`, or the layer's own name where only one layer
            has it.

    Raises:
        ValueError: if there is no such layer, or several have the name.
    """
    paths = _paths(model)
    if layer in paths:
        return paths[layer]
    same = [path for path in paths if path.rpartition("/")[2] == layer]
    if len(same) == 1:
        return paths[same[0]]
    if same:
        raise ValueError(f"Several layers of `{model.name}` are named {layer!r}: give a path, one of {', '.join(same)}")
    near = difflib.get_close_matches(str(layer), paths, n=3, cutoff=0.5) or list(paths)[:20]
    raise ValueError(f"`{model.name}` has no layer {layer!r}. There are, among others: {', '.join(near)}")


def _paths(model):
    found, seen = {}, {id(model)}

    def visit(layer, path):
        for child in layer._layers:
            if id(child) not in seen:
                seen.add(id(child))
                found[free_name(found, "/".join((*path, child.name)))] = child
                visit(child, (*path, child.name))

    visit(model, ())
    return found
