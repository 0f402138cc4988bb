"""Keeps two processes from writing one run folder."""

import contextlib
import os

from keras_transfer.project.run_error import RunError

try:
    import fcntl
except ImportError:  # Windows: no lock
    fcntl = None


@contextlib.contextmanager
def folder_lock(folder):
    """Hold a folder for this process; the system lets go of it when the process ends, however it ends.

    Raises:
        RunError: if another process holds it.
    """
    if fcntl is None:
        yield
        return
    handle = os.open(os.path.join(folder, ".lock"), os.O_RDWR | os.O_CREAT, 0o666)
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise RunError(f"{folder}: another process is writing this run; wait for it, or stop it first") from error
        yield
    finally:
        os.close(handle)
