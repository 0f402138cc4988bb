"""The state of `Grouped` on disk, and handed from one optimizer to another."""

import json
import warnings

import keras
import numpy as np

from keras_transfer.optimizers.group_layout import first_mismatch

_LAYOUT = "layout"


def save_state(optimizer, store):
    """Write all variables, and which model variable each is for, into a Keras weights store."""
    store[_LAYOUT] = np.frombuffer(json.dumps(optimizer.layout).encode(), np.uint8)
    for key, variable in _keyed(optimizer):
        store[key] = variable.numpy()


def load_state(optimizer, store):
    """Read back what `save_state` wrote.

    Raises:
        ValueError: if the saved state is not that of the same groups.
    """
    keys = set(store.keys())
    if not keys:
        # A file with weights alone, such as a pretrained encoder's.
        warnings.warn(f"There is no state of optimizer '{optimizer.name}' in the file; it starts afresh.", stacklevel=3)
        return
    if _LAYOUT not in keys:
        raise ValueError(
            f"The file holds the state of another optimizer than '{optimizer.name}' (`Grouped`). Load it into a model "
            "compiled as the saved one was, or call `compile` after loading to start afresh."
        )
    saved = json.loads(np.asarray(store[_LAYOUT], np.uint8).tobytes().decode())
    mismatch = first_mismatch(saved, optimizer.layout)
    current = dict(_keyed(optimizer))
    if mismatch is None and set(current) != keys - {_LAYOUT}:
        mismatch = f"different options: {sorted(set(current) ^ (keys - {_LAYOUT}))} are in one and not in the other"
    if mismatch is not None:
        raise ValueError(f"The saved state of optimizer '{optimizer.name}' does not fit: {mismatch}.")
    for key, variable in current.items():
        variable.assign(np.asarray(store[key]))


def carry_state(source, target):
    """Copy state, variable by variable, to a `Grouped` optimizer with other groups.

    A group whose variables all have state goes on with it; its clock is the smallest of theirs. If one of them is new, the
    clock starts at 0: bias correction may then make the first steps of the others too small, but none too large.

    Args:
        source: A built optimizer, `Grouped` or not.
        target: A built `Grouped`.
    """
    owners = [source] if not hasattr(source, "groups") else [group.optimizer for group in source._groups]
    known = {key: owner for owner in owners for key in owner._trainable_variables_indices}
    for group in target._groups:
        keys = [target._var_key(v) for v in group.variables]
        for place, key in enumerate(keys):
            if key in known:
                _copy_slots(known[key], known[key]._trainable_variables_indices[key], group.optimizer, place)
        if all(key in known for key in keys):
            _copy_shared(min((known[key] for key in keys), key=_updates), group.optimizer)
    for place, variable in enumerate(target._trainable_variables):
        if target._var_key(variable) in source._trainable_variables_indices:
            _copy_slots(source, source._get_variable_index(variable), target, place)
    target._iterations.assign(source._iterations)


def _copy_slots(source, at, target, place):
    """Copy the state of one variable: the entries of lists that run parallel to the optimizer's variables."""
    theirs = _slots(source)
    for name, mine in _slots(target).items():
        if name in theirs and mine[place] is not None and theirs[name][at] is not None:
            mine[place].assign(theirs[name][at])


def _copy_shared(source, target):
    """Copy the clock, and what else an optimizer keeps once for all its variables (Nadam's product)."""
    target._iterations.assign(_updates(source))
    for name, variable in vars(source).items():
        if (
            isinstance(variable, keras.Variable)
            and name not in ("_iterations", "_learning_rate")
            and hasattr(target, name)
        ):
            getattr(target, name).assign(variable)


def _updates(optimizer):
    return int(keras.ops.convert_to_numpy(optimizer.iterations))


def _slots(optimizer):
    parallel = {}
    for name, value in vars(optimizer).items():
        if name in ("_variables", "_trainable_variables") or not isinstance(value, list):
            continue
        entries = [v for v in value if isinstance(v, keras.Variable)]
        if entries and len(value) == len(optimizer._trainable_variables):
            parallel[name] = value
    return parallel


def _keyed(optimizer):
    """Names for all variables that do not depend on the model's names."""
    for i, variable in enumerate(optimizer._variables):
        yield f"shared_{i:04d}", variable
    for group in optimizer._groups:
        for i, variable in enumerate(group.optimizer.variables):
            yield f"group{group.index}_{i:04d}", variable
