"""The whole state of a training as one tree that can be written to disk, and putting it back."""

import random
import warnings

import numpy as np

from keras_transfer.callbacks import callback_state, model_state


def snapshot(model, callbacks, attributes):
    """Copy to the host what decides how the training goes on, except for its place in the data.

    Args:
        model: The compiled model.
        callbacks: The callbacks beside `Resume`.
        attributes: What `callback_state.plain_attributes` returned at the beginning.
    """
    variables = model_state.state_variables(model)
    return {
        "stopped": bool(model.stop_training),
        "signature": model_state.signature(variables),
        "optimizer": _optimizer_name(model.optimizer),
        "values": model_state.read(variables),
        "global_generator": model_state.read_global_generator(),
        "random": random_state(),
        "callbacks": callback_state.get_states(callbacks),
        "unsaved": callback_state.changed_attributes(callbacks, attributes),
    }


def restore(model, callbacks, tree):
    """Put a snapshot back. Metrics are put back if they exist: Keras makes some at the first batch of a process."""
    variables = state_of(model)
    kinds = ["model", "optimizer", "other"]
    if len(variables["metrics"]) == len(tree["values"]["metrics"]):
        kinds.append("metrics")
    model_state.write(variables, {kind: tree["values"][kind] for kind in kinds})
    model_state.write_global_generator(tree["global_generator"])
    set_random_state(tree["random"])
    callback_state.set_states(callbacks, tree["callbacks"])


def state_of(model):
    """The model's variables, those of its optimizer included."""
    optimizer = model.optimizer
    if optimizer is not None and not optimizer.built:
        with model.distribute_strategy.scope():
            optimizer.build(model.trainable_variables)
    return model_state.state_variables(model)


def check_same_model(model, tree, folder):
    """Raise a ValueError that names the first variable in which the model differs from the saved one."""

    def lasting(rows):
        return [row for row in rows if row[0] != "metrics"]

    difference = model_state.first_difference(
        lasting(tree["signature"]), lasting(model_state.signature(state_of(model)))
    )
    name = _optimizer_name(model.optimizer)
    if difference is None and tree["optimizer"] != name:
        difference = f"it was trained with {tree['optimizer']}, and the model has {name}"
    if difference is not None:
        raise ValueError(
            f"{folder} holds the training of another model: {difference}. Build the same model and optimizer, or give "
            "another `directory` (or delete this one) to start from the beginning."
        )


def _optimizer_name(optimizer):
    inner = getattr(optimizer, "inner_optimizer", None)
    return type(optimizer).__name__ + (f" of {type(inner).__name__}" if inner is not None else "")


def warn_of_lost_state(callbacks, tree, path):
    """Name the callbacks that will not go on where they were."""
    for key, names in tree["unsaved"].items():
        warnings.warn(
            f"`{key}` changed {names} while training and has no `get_state`/`set_state`: it starts anew, and the run may "
            f"differ from an uninterrupted one. Saved state: {path}",
            stacklevel=2,
        )
    for key in callback_state.without_callback(callbacks, tree["callbacks"]):
        warnings.warn(
            f"State was saved for `{key}`, but `fit` was given no such callback: it is dropped.", stacklevel=2
        )


def finite_arrays(tree):
    """What must be finite for a snapshot to be worth keeping, by name."""
    return model_state.must_be_finite(tree["signature"], tree["values"])


def random_state():
    """State of Python's and NumPy's global generators, which seed new layers and shuffle a `PyDataset`."""
    return {"python": random.getstate(), "numpy": np.random.get_state()}


def set_random_state(state):
    """Put it back."""
    random.setstate(state["python"])
    np.random.set_state(state["numpy"])
