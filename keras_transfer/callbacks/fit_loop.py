"""What the `fit` that is running holds, and gives its callbacks no reference to.

Read from the stack: the list of callbacks while it hands the model to its members, and two local variables of
`keras.Model.fit`. Tests in `tests/contracts` hold Keras to it.
"""

import sys

import keras


def enclosing_callback_list(callback):
    """Return the `keras.callbacks.CallbackList` that is calling `callback.set_model`, or None.

    The list is complete then, with the History and progress bar that Keras adds.

    Args:
        callback: The callback whose `set_model` is running.
    """
    frame = sys._getframe(1)
    while frame is not None:
        owner = frame.f_locals.get("self")
        if isinstance(owner, keras.callbacks.CallbackList) and any(member is callback for member in owner.callbacks):
            return owner
        frame = frame.f_back
    return None


def fit_variable(callback_list, name):
    """A local variable of the `fit` that uses this list of callbacks and is calling it now.

    Args:
        callback_list: The list.
        name: `"epoch_iterator"`, the batches of an epoch, or `"logs"`, what the last training step returned.
    """
    frame = _fit_frame(callback_list, sys._getframe(1))
    if frame is None:
        raise RuntimeError(
            f"`Resume` cannot find its way around `fit` of Keras {keras.__version__}. It was written for Keras 3.15: use that, "
            "or take `Resume` out of the callbacks."
        )
    return frame.f_locals[name]


def runs_below(callback_list, frame):
    """Whether the `fit` that uses this list of callbacks is on the stack that ends in `frame`."""
    return _fit_frame(callback_list, frame) is not None


def _fit_frame(callback_list, frame):
    while frame is not None:
        # `evaluate` within `fit` is given the same list and calls its iterator by the same name.
        local = frame.f_locals
        if frame.f_code.co_name == "fit" and local.get("callbacks") is callback_list and "epoch_iterator" in local:
            return frame
        frame = frame.f_back
    return None
