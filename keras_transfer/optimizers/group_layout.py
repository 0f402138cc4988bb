"""Which variable belongs to which group, in a form that survives saving."""

import re
import warnings

import keras

from keras_transfer.optimizers.parameter_group import ParameterGroup

_NUMBER = re.compile(r"^(.*?)_(\d+)$")


def path_of(variable):
    """A variable's path, for messages."""
    return getattr(variable, "path", None) or variable.name


def plan_groups(groups):
    """Make `ParameterGroup`s of lists of variables or of layers.

    Raises:
        ValueError: if a variable is in two groups, or a group has none.
    """
    planned, owner = [], {}
    for index, members in enumerate(groups or ()):
        variables = []
        for member in members:
            variables.extend(member.trainable_variables if isinstance(member, keras.Layer) else [member])
        for variable in variables:
            if id(variable) in owner:
                raise ValueError(f"`{path_of(variable)}` is in group {owner[id(variable)]} and again in group {index}.")
            owner[id(variable)] = index
        if not variables:
            raise ValueError(f"Group {index} has no trainable variables. Received: {list(members)}")
        planned.append(ParameterGroup(index, variables))
    return planned


def describe(variable, group, decay):
    """One row of a layout: JSON that says which variable a slot of the state is for."""
    return {
        "group": group,
        # The layer's and the variable's name; what stands before them changes when a model is nested or reloaded.
        "name": "/".join(path_of(variable).split("/")[-2:]),
        "shape": [int(size) for size in variable.shape],
        "dtype": keras.backend.standardize_dtype(variable.dtype),
        "trainable": bool(variable.trainable),
        "decay": decay,
    }


def pair(rows, variables, ordered=True):
    """Find each row's variable.

    By name where names are unique; else by order, and then names must agree up to the numbers that Keras appends.

    Returns:
        The variables in the rows' order, or None if they do not fit.
    """
    others = [describe(v, 0, True) for v in variables]
    if len(rows) != len(others):
        return None
    place = {other["name"]: i for i, other in enumerate(others)}
    if len(place) == len(others) and set(place) == {row["name"] for row in rows}:
        order = [place[row["name"]] for row in rows]
    elif ordered and _renumbered(rows) == _renumbered(others):
        order = range(len(others))
    else:
        return None
    same = all(row["shape"] == others[i]["shape"] for row, i in zip(rows, order, strict=True))
    return [variables[i] for i in order] if same else None


def restore_groups(layout, variables):
    """Make the groups of a reloaded optimizer from the variables that train now; stand-ins are made for the others.

    Args:
        layout: `Grouped.layout` of the saved optimizer.
        variables: What Keras builds the reloaded optimizer on: the variables that train at the moment.

    Returns:
        `(groups, all_variables)`, the latter in the layout's order.
    """
    rows = layout["variables"]
    members = [None] * len(rows)
    for places in ([i for i, row in enumerate(rows) if row["trainable"]], range(len(rows))):
        found = pair([rows[i] for i in places], variables, layout["ordered"])
        if found is not None:
            for i, variable in zip(places, found, strict=True):
                members[i] = variable
            break
    else:
        warnings.warn(
            f"The reloaded optimizer has state for {sum(row['trainable'] for row in rows)} variables that trained when it was "
            f"saved, the model has {len(variables)} that do not match: {[path_of(v) for v in variables]}. The state is kept; "
            "call `optimizer.bind(groups)`, or fit with the same `GradualUnfreeze`, before training.",
            stacklevel=2,
        )
    members = [_stand_in(row) if member is None else member for row, member in zip(rows, members, strict=True)]
    groups = [ParameterGroup(index, []) for index in range(1 + max(row["group"] for row in rows))]
    for row, member in zip(rows, members, strict=True):
        groups[row["group"]].variables.append(member)
    return groups, members


def first_mismatch(saved, current):
    """Compare two layouts; None if the state of one fits the other, else a sentence fragment."""
    if len(saved["variables"]) != len(current["variables"]):
        return f"{len(saved['variables'])} variables were saved, {len(current['variables'])} are planned for"
    for one, other in zip(saved["variables"], current["variables"], strict=True):
        if any(_essence(one)[key] != _essence(other)[key] for key in _essence(one)):
            return f"{_sentence(one)} was saved where {_sentence(other)} is planned for"
    return None


def _essence(row):
    return {"group": row["group"], "leaf": row["name"].split("/")[-1], "shape": row["shape"]}


def _sentence(row):
    return f"`{row['name']}` of shape {tuple(row['shape'])} in group {row['group']}"


def _stand_in(row):
    *scope, name = row["name"].split("/")
    with keras.name_scope(scope[0] if scope else "stand_in"):
        return keras.Variable(initializer="zeros", shape=row["shape"], dtype=row["dtype"], trainable=False, name=name)


def _renumbered(rows):
    """Names with automatic numbers replaced by the order in which they first appear."""
    orders, names = {}, []
    for row in rows:
        parts = []
        for part in row["name"].split("/"):
            stem, number = match.groups() if (match := _NUMBER.match(part)) else (part, "")
            order = orders.setdefault(stem, {})
            parts.append((stem, order.setdefault(number, len(order))))
        names.append(parts)
    return names
