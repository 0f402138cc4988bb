"""All variables that decide how a training goes on: read to the host, described, and put back."""

import functools
import re

import keras
import numpy as np
import tensorflow as tf
from keras.src.backend.common import global_state
from keras.src.random import seed_generator as seed_generators

KINDS = ("model", "optimizer", "other", "metrics")
_NUMBER = re.compile(r"^(.*?)_(\d+)$")


def state_variables(model):
    """Return `{kind: [variables]}`, each variable once.

    `model`: weights, and what else layers track (dropout's generators, a teacher, a queue). `optimizer`: step count, rate,
    slots, averages, accumulators, loss scale. `other`: generators and variables reachable from the model's attributes that
    Keras does not track. `metrics`: running means of the epoch.
    """
    found = {
        "model": list(model.variables),
        "optimizer": list(model.optimizer.variables) if model.optimizer is not None else [],
        "other": [],
        "metrics": list(model.metrics_variables),
    }
    tracked = {id(variable) for variables in found.values() for variable in variables}
    tracked |= {id(copy) for variables in found.values() for variable in variables for copy in _copies(variable)}
    found["other"] = [
        v for v in _reachable(model) if id(v) not in tracked and not tracked & {id(c) for c in _copies(v)}
    ]
    seen = set()
    return {kind: [v for v in variables if not (id(v) in seen or seen.add(id(v)))] for kind, variables in found.items()}


def signature(variables):
    """Describe variables as `[kind, path, dtype, shape]` rows, for `first_difference`."""
    return [
        [kind, _path(variable), _dtype_name(variable), [int(size) for size in variable.shape]]
        for kind in KINDS
        for variable in variables[kind]
    ]


def first_difference(saved, current):
    """Compare two signatures; names that Keras numbers by itself (`dense_12`) count by order of appearance.

    Returns:
        None if they agree, else a sentence fragment that names the first variable that differs.
    """
    plain_saved, plain_current = _renumbered(saved), _renumbered(current)
    for i in range(max(len(saved), len(current))):
        if i >= len(current):
            return f"{_describe(saved[i])} was saved, and the model has no such variable"
        if i >= len(saved):
            return f"{_describe(current[i])} is in the model, and was not saved"
        if plain_saved[i] != plain_current[i]:
            return f"{_describe(saved[i])} was saved where the model has {_describe(current[i])}"
    return None


def read(variables):
    """Copy the variables' values to the host: `{kind: [array, or a list of one array per replica where they differ]}`.

    Of metrics always a list: equal counts of two replicas are two counts.
    """
    return {
        kind: [_read_copies(variable) if kind == "metrics" else _read(variable) for variable in members]
        for kind, members in variables.items()
    }


def write(variables, values):
    """Put values that `read` returned back into the variables of the same kinds."""
    for kind, members in values.items():
        for variable, value in zip(variables[kind], members, strict=True):
            _write(variable, value)


def must_be_finite(rows, values):
    """The arrays that a healthy training keeps finite, by name, from a `signature` and what `read` returned.

    Metrics are left out: some start at infinity.
    """
    kept = [row for row in rows if row[0] != "metrics"]
    flat = [value for kind in KINDS if kind != "metrics" for value in values[kind]]
    return {
        f"{_describe(row)}, number {i}": copy
        for i, (row, value) in enumerate(zip(kept, flat, strict=True))
        for copy in (value if isinstance(value, list) else [value])
    }


def read_generators(model):
    """Values of the random generators among the model's variables, for `replace_generators`."""
    return {
        (kind, i): _read(variable)
        for kind, members in state_variables(model).items()
        for i, variable in enumerate(members)
        if _path(variable).endswith("seed_generator_state")
    }


def replace_generators(values, earlier):
    """Put earlier values of the generators into what `read` returned."""
    for (kind, i), value in earlier.items():
        values[kind][i] = value


def read_global_generator():
    """State of the generator behind `keras.random` calls without a seed, or None if nothing has used it."""
    generator = global_state.get_global_attribute(seed_generators.GLOBAL_SEED_GENERATOR)
    return None if generator is None else _read(generator.state)


def write_global_generator(value):
    """Put it back, making the generator if need be."""
    if value is not None:
        _write(seed_generators.global_seed_generator().state, value)


def _copies(variable):
    """The variable on each local replica."""
    value = getattr(variable, "_value", variable)
    return tuple(value.values) if isinstance(value, tf.distribute.DistributedValues) else (value,)


def _read(variable):
    copies = _read_copies(variable)
    if all(_same_bits(copies[0], other) for other in copies[1:]):
        return copies[0]
    return copies


def _read_copies(variable):
    # Copy by copy, not through the distributed variable: reading that sums over replicas, and over workers it waits for them.
    return [np.array(copy.numpy()) for copy in _copies(variable)]


def _same_bits(one, other):
    return one.tobytes() == other.tobytes()


def _write(variable, value):
    copies = _copies(variable)
    values = _for_replicas(variable, value, len(copies)) if isinstance(value, list) else [value] * len(copies)
    for copy, array in zip(copies, values, strict=True):
        copy.assign(array)


def _for_replicas(variable, values, replicas):
    """Per-replica values saved with one number of replicas, for another."""
    if len(values) == replicas:
        return values
    aggregation = getattr(variable, "aggregation", "none")
    if aggregation == "sum":
        return [np.sum(values, axis=0, dtype=values[0].dtype)] + [np.zeros_like(values[0])] * (replicas - 1)
    if aggregation == "mean":
        return [np.mean(values, axis=0, dtype=values[0].dtype)] * replicas
    return [values[0]] * replicas


def _reachable(root):
    """Variables found through attributes and containers of the model, its losses, metrics and users' own objects."""
    found, seen, waiting = [], set(), [root]
    while waiting:
        thing = waiting.pop()
        if id(thing) in seen:
            continue
        seen.add(id(thing))
        if isinstance(thing, keras.random.SeedGenerator):
            found.append(thing.state)
        elif isinstance(thing, keras.Variable | tf.Variable):
            found.append(thing)
        elif isinstance(thing, dict):
            waiting.extend(reversed(list(thing.values())))
        elif isinstance(thing, list | tuple):
            waiting.extend(reversed(thing))
        elif _may_hold_state(thing):
            waiting.extend(reversed(list(vars(thing).values())))
    return found


def _may_hold_state(thing):
    if isinstance(thing, keras.Layer | keras.Loss | keras.Metric | keras.Optimizer | tf.Module):
        return True
    package = type(thing).__module__.partition(".")[0]
    foreign = package in (
        "builtins",
        "keras",
        "tensorflow",
        "numpy",
        "collections",
        "functools",
        "threading",
        "weakref",
    )
    return not foreign and hasattr(thing, "__dict__") and not callable(getattr(thing, "__next__", None))


def _path(variable):
    return getattr(variable, "path", None) or variable.name


def _dtype_name(variable):
    return keras.backend.standardize_dtype(variable.dtype)


def _describe(row):
    kind, path, dtype, shape = row
    return f"{kind} variable `{path}` ({dtype}, shape {tuple(shape)})"


def _renumbered(rows):
    """Rows without automatic numbers: replaced by the order of first appearance, dropped in optimizers' joined names."""
    orders = {}

    def renumber(above, part):
        # Counted apart below each parent: a part's own `dense_1` is another than one that Keras has numbered elsewhere.
        match = _NUMBER.match(part)
        stem, number = match.groups() if match else (part, "")
        order = orders.setdefault((above, stem), {})
        return f"{above}/{stem}#{order.setdefault(number, len(order))}"

    def plain(kind, path):
        if kind == "optimizer":
            # `scope/adam/dense_3_kernel_momentum`: the scope depends on who builds the optimizer, and which part of the rest
            # was numbered cannot be told.
            return re.sub(r"_\d+", "", path.rpartition("/")[2])
        return functools.reduce(renumber, path.split("/"), "")

    return [[kind, plain(kind, path), dtype, shape] for kind, path, dtype, shape in rows]
