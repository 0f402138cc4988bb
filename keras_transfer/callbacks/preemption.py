"""Signals that ask a training to save and leave."""

import os
import signal
import sys
import threading

SIGNALS = tuple(getattr(signal, name) for name in ("SIGTERM", "SIGUSR1", "SIGINT") if hasattr(signal, name))


class Preemption:
    """While listening, SIGTERM, SIGUSR1 and Ctrl-C are noted instead of acted on; a second Ctrl-C interrupts at once.

    Args:
        alive: Function of a stack frame: whether the training that listens is still running below it. A `fit` that ended with
            an error tells nobody; the first signal after it finds out, and is passed on to whom it belonged before.
    """

    def __init__(self, alive):
        self.received = None
        self._alive = alive
        self._previous = {}

    def listen(self):
        """Take over the signals. Only the main thread may do that; elsewhere nothing changes."""
        if threading.current_thread() is not threading.main_thread():
            return
        for number in SIGNALS:
            self._previous[number] = _owner(number)
            signal.signal(number, self._note)

    def stop(self):
        """Give the signals back to whom they belonged."""
        for number, handler in self._previous.items():
            # None: a handler that was not installed from Python and cannot be put back.
            signal.signal(number, signal.SIG_DFL if handler is None else handler)
        self._previous = {}

    def _note(self, number, frame):
        if not self._alive(frame):
            self.stop()
            os.kill(os.getpid(), number)
        elif number == signal.SIGINT and self.received == signal.SIGINT:
            self.stop()
            raise KeyboardInterrupt
        else:
            self.received = number


def _owner(number):
    """The handler of a signal, looking behind those that a `fit` left when it ended with an error."""
    handler = signal.getsignal(number)
    listener = getattr(handler, "__self__", None)
    while isinstance(listener, Preemption) and not listener._alive(sys._getframe()):
        handler = listener._previous.get(number, signal.SIG_DFL)
        listener = getattr(handler, "__self__", None)
    return handler
