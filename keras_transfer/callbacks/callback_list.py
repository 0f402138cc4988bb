"""The list of callbacks that a callback is part of."""

import sys

import keras


def enclosing_callback_list(callback):
    """Return the `keras.callbacks.CallbackList` that is calling `callback.set_model`, or None.

    Keras gives callbacks no reference to the list that holds them. Call this from `set_model`: the list is on the stack then,
    complete with the History and progress bar that Keras adds.

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
