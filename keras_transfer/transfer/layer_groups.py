"""Divide a model's layers into groups, from the head down."""

import fnmatch
import itertools

import keras

from keras_transfer.transfer.path_matches import path_matches
from keras_transfer.transfer.stages import head_and_stages
from keras_transfer.transfer.weighted_layers import weighted_layers


def layer_groups(model, groups=None, *, depth=None):
    """Divide the layers that own weights into groups, the head first and what is next to the input last.

    - By structure (neither `groups` nor `depth`): the head, then the backbone's own parts: stages of a convolutional network,
      blocks of a transformer, nested models, found by the layers' names and nesting.
    - By depth (`depth=3`): the head, then the backbone in `depth - 1` parts of about as many stages, or layers where the
      structure shows fewer.
    - By name (`groups=["head", ["encoder/stage2*", "encoder/stage3*"], "encoder"]`): patterns as in a shell, each against
      the path of a layer or of one above it; without a slash, against any single name on the path. Layers may stand in for
      patterns. What stands above layers (`"encoder"`, `"*"`, a nested model) means those that no earlier group has.

    Args:
        model: Built `keras.Model`, such as an encoder with a head on top. Which layers are frozen makes no difference.
        groups: Patterns, layers, or lists of them, one entry for each group. None: by structure or depth.
        depth: Number of groups, `>= 1`.

    Returns:
        A list of lists of layers, for `GradualUnfreeze`, `set_trainable` or `optimizers.Grouped`.

    Raises:
        ValueError: if a pattern matches nothing, a layer is in two groups, trainable variables are in none, or the model
            shows no structure.

    Example:
        >>> for group in keras_transfer.transfer.layer_groups(model):
        ...     print([layer.name for layer in group])
    """
    if groups is not None and depth is not None:
        raise ValueError(f"Give `groups` or `depth`, not both. Received: groups={groups}, depth={depth}")
    layers = weighted_layers(model)
    if groups is not None:
        return _given(model, layers, groups)
    head, stages, units = head_and_stages(model)
    if depth is None:
        if len(stages) < 2:
            raise ValueError(
                f"`{model.name}` shows no stages or blocks in its layers' names or nesting. Give `depth=<number of groups>`, or "
                f"`groups` with patterns of these layers: {list(layers)}"
            )
        return [head, *reversed(stages)]
    return _by_depth(model, depth, head, stages, units)


def _by_depth(model, depth, head, stages, units):
    if depth == 1:
        return [list(weighted_layers(model).values())]
    parts = stages if len(stages) >= depth - 1 > 0 else units
    if not 1 < depth <= len(parts) + 1:
        raise ValueError(
            f"`depth` must be between 1 and {len(parts) + 1} for `{model.name}`, the head and {len(parts)} parts below it. "
            f"Received: depth={depth}"
        )
    bounds = [round(i * len(parts) / (depth - 1)) for i in range(depth)]
    split = [[layer for part in parts[start:stop] for layer in part] for start, stop in itertools.pairwise(bounds)]
    return [head, *reversed(split)]


def _given(model, layers, groups):
    path_of = {id(layer): path for path, layer in layers.items()}
    owner, made = {}, []
    for index, entries in enumerate(groups):
        entries = [entries] if isinstance(entries, str | keras.Layer) else list(entries)
        members = []
        for entry in entries:
            paths, broad = _find(layers, path_of, entry, index)
            for path in paths:
                if path in owner and owner[path] != index and not broad:
                    raise ValueError(
                        f"Layer `{path}` is in group {owner[path]} and again in group {index}, by {entry!r}. Received: "
                        f"groups={_names(groups)}"
                    )
                if path not in owner:
                    owner[path] = index
                    members.append(layers[path])
        if not members:
            raise ValueError(
                f"Group {index} is empty: groups before it hold all of its layers. Received: {_names([entries])}"
            )
        made.append(members)
    left = [
        v.path for path, layer in layers.items() if path not in owner for v in layer._trainable_variables if v.trainable
    ]
    if left:
        raise ValueError(
            f"Trainable variables of `{model.name}` are in no group: {left}. Put their layers in a group, or freeze them "
            "(`layer.trainable = False`) if they are never to train."
        )
    return made


def _find(layers, path_of, entry, index):
    """Paths that a pattern or layer stands for, and whether it may leave some of them to earlier groups."""
    if isinstance(entry, str):
        paths = [path for path in layers if path_matches(path, entry)]
        exact = any(
            fnmatch.fnmatchcase(path, entry) or fnmatch.fnmatchcase(path.split("/")[-1], entry) for path in paths
        )
        broad = entry == "*" or not exact
    elif isinstance(entry, keras.Layer):
        paths = [path_of[id(layer)] for layer in entry._flatten_layers() if id(layer) in path_of]
        broad = id(entry) not in path_of
    else:
        raise ValueError(f"Groups are made of names, patterns and layers. Received: {entry!r} in group {index}")
    if not paths:
        name = entry if isinstance(entry, str) else entry.name
        raise ValueError(f"`{name}` in group {index} matches no layer with weights. There are: {list(layers)}")
    return paths, broad


def _names(groups):
    return [
        [getattr(entry, "name", entry) for entry in ([group] if isinstance(group, str | keras.Layer) else group)]
        for group in groups
    ]
