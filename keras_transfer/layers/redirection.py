"""Functions that stand in for the `call` of layers for a while."""

import threading

_running = threading.local()


class Redirection:
    """While it is entered, calls of some layers go elsewhere.

    Args:
        instead: Dict from `id(layer)` to a function `(stock, *args, **kwargs)` that is called in place of `layer.call`, which is
            `stock`. `redirect` must have been called once for each of these layers.
    """

    def __init__(self, instead):
        self.instead = instead

    def __enter__(self):
        _stack().append(self)
        return self

    def __exit__(self, *error):
        _stack().pop()


def redirect(layer):
    """Let a layer ask, whenever it is called, whether a `Redirection` has a say; the innermost one counts."""
    stock = layer.call
    if getattr(stock, "redirected", False):
        return

    def call(*args, **kwargs):
        for around in reversed(_stack()):
            instead = around.instead.get(id(layer))
            if instead is not None:
                return instead(stock, *args, **kwargs)
        return stock(*args, **kwargs)

    call.redirected = True
    layer.call = call


def _stack():
    # Replicas run in threads of their own, in turns.
    if not hasattr(_running, "stack"):
        _running.stack = []
    return _running.stack
