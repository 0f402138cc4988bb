"""What Ctrl-C and SIGTERM do to a command."""

import contextlib
import signal
import threading

TERMINATED = 128 + signal.SIGTERM


@contextlib.contextmanager
def sigterm_raises():
    """Within it SIGTERM ends the process as an exception, so that what was begun is cleared away."""
    with _handlers({signal.SIGTERM: _raise_exit}):
        yield


@contextlib.contextmanager
def uninterrupted():
    """Within it neither Ctrl-C nor SIGTERM is heard: for clearing away."""
    with _handlers({signal.SIGTERM: signal.SIG_IGN, signal.SIGINT: signal.SIG_IGN}):
        yield


def _raise_exit(number, frame):
    raise SystemExit(TERMINATED)


@contextlib.contextmanager
def _handlers(handlers):
    if threading.current_thread() is not threading.main_thread():  # only there can handlers be set
        yield
        return
    former = {number: signal.signal(number, handler) for number, handler in handlers.items()}
    try:
        yield
    finally:
        for number, handler in former.items():
            signal.signal(number, handler)
