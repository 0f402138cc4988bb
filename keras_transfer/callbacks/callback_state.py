"""What callbacks must remember across a restart, and how it is read and put back.

A callback takes part by defining `get_state()`, returning a dict of JSON-able values and NumPy arrays, and
`set_state(state)`. Keras's own callbacks do neither; the table below names what they must remember.
"""

import keras
import numpy as np

_KERAS_STATE = (
    (keras.callbacks.History, ("history", "epoch")),
    (keras.callbacks.ReduceLROnPlateau, ("best", "wait", "cooldown_counter")),
    (keras.callbacks.EarlyStopping, ("best", "wait", "stopped_epoch", "best_epoch", "best_weights")),
    (
        keras.callbacks.ModelCheckpoint,
        ("best", "_batches_seen_since_last_saving", "_last_batch_seen", "_current_epoch"),
    ),
    (keras.callbacks.SwapEMAWeights, ("_ema_weights_in_model",)),
    (keras.callbacks.TensorBoard, ("_global_train_batch", "_global_test_batch")),
)


def get_states(callbacks):
    """Return `{key: state}` of all callbacks that have state; keys tell callbacks of the same class apart by their order."""
    states = {}
    for key, callback in _keyed(callbacks):
        state = _get_state(callback)
        if state is not None:
            states[key] = state
    return states


def set_states(callbacks, states):
    """Put saved states back into those callbacks that had them."""
    for key, callback in _keyed(callbacks):
        if key in states:
            _set_state(callback, states[key])


def without_callback(callbacks, states):
    """Keys of the saved states that no callback in the list takes."""
    return sorted(set(states) - {key for key, _ in _keyed(callbacks)})


def plain_attributes(callbacks):
    """Numbers, strings and lists of them held by callbacks that have no way to save state, to see whether they change."""
    return {
        key: {
            name: _frozen(value)
            for name, value in vars(callback).items()
            if name != "params" and isinstance(value, (bool, int, float, str, type(None), list, dict, np.generic))
        }
        for key, callback in _keyed(callbacks)
        if _get_state(callback) is None and not type(callback).__module__.startswith(("keras.", "keras_transfer."))
    }


def changed_attributes(callbacks, before):
    """Return `{key: names}` of what has changed since `plain_attributes` returned `before`."""
    changed = {}
    for key, now in plain_attributes(callbacks).items():
        names = sorted(name for name, value in now.items() if value != before.get(key, {}).get(name, value))
        if names:
            changed[key] = names
    return changed


def _frozen(value):
    return repr(value) if isinstance(value, list | dict) else value


def _keyed(callbacks):
    seen = {}
    for callback in callbacks:
        name = type(callback).__name__
        number = seen[name] = seen.get(name, 0) + 1
        yield (name if number == 1 else f"{name} ({number})"), callback


def _attributes(callback):
    for keras_class, names in _KERAS_STATE:
        if isinstance(callback, keras_class):
            return names
    return None


def _get_state(callback):
    if hasattr(callback, "get_state"):
        return callback.get_state()
    names = _attributes(callback)
    if names is None:
        return None
    # Copies of containers: Keras goes on changing them while they are being written.
    return {name: _copy(getattr(callback, name)) for name in names if hasattr(callback, name)}


def _set_state(callback, state):
    if hasattr(callback, "set_state"):
        callback.set_state(state)
        return
    for name in _attributes(callback):
        if name in state:
            setattr(callback, name, state[name])


def _copy(value):
    if isinstance(value, dict):
        return {key: _copy(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_copy(item) for item in value]
    return np.array(value) if isinstance(value, np.ndarray) else value
