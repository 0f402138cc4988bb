"""One writer per folder. Needs the standard library only."""

import contextlib
import json
import os
import socket
import threading

try:
    import fcntl
except ImportError:  # Windows
    fcntl = None

NAME = "writer.lock"
_held = {}  # path -> CheckpointLock; POSIX locks do not exclude one process from itself


class CheckpointLock:
    """A lock file that says who writes into a folder.

    The lock itself is a POSIX record lock: the kernel frees it when its process dies, however that happens, so a lock left by
    a killed run never stands in the way, and forked data workers that outlive the run do not hold it. The file's content
    (process id and host) is there to be named in the error. Where the file system has no locks, the process id decides.

    Args:
        directory: Existing folder to lock.
    """

    def __init__(self, directory):
        self.path = os.path.join(os.path.abspath(directory), NAME)
        self._file = None
        self._thread = None

    def acquire(self):
        """Take the lock.

        Raises:
            RuntimeError: if another live process, or another live thread of this one, holds it.
        """
        holder = _held.get(self.path)
        if holder is not None:
            if holder is not self and holder._thread is not threading.current_thread() and holder._thread.is_alive():
                raise self._refusal({"pid": os.getpid(), "host": socket.gethostname()})
            holder.release()  # of a fit in this thread that ended with an error
        file = open(self.path, "a+", encoding="utf-8")  # noqa: SIM115, it stays open as long as the lock is held
        try:
            if not self._take(file):
                raise self._refusal(_content(file))
            file.seek(0)
            file.truncate()
            json.dump({"pid": os.getpid(), "host": socket.gethostname()}, file)
            file.flush()
        except BaseException:
            file.close()
            raise
        self._file, self._thread = file, threading.current_thread()
        _held[self.path] = self

    def release(self):
        """Give the lock back. Safe to call twice."""
        if self._file is None:
            return
        # The file stays: removing it would let a third process lock a new file beside a second one's old one.
        with contextlib.suppress(OSError):
            self._file.truncate(0)
        self._file.close()
        self._file = None
        _held.pop(self.path, None)

    def _take(self, file):
        """Whether the lock was free."""
        if fcntl is not None:
            try:
                fcntl.lockf(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                return True
            except (BlockingIOError, PermissionError):
                return False
            except OSError:  # a file system without locks
                pass
        holder = _content(file)
        if not holder or holder.get("pid") == os.getpid():
            return True
        return holder.get("host") == socket.gethostname() and not _alive(holder.get("pid"))

    def _refusal(self, holder):
        who = f"process {holder.get('pid')} on host {holder.get('host')}" if holder else "another process"
        return RuntimeError(
            f"{who} is writing to {os.path.dirname(self.path)} (lock file {self.path}). Two runs cannot share a folder: wait "
            "for that one, or give this one a folder of its own. If that run is certainly dead, delete the lock file."
        )


def _content(file):
    file.seek(0)
    try:
        content = json.loads(file.read() or "{}")
    except json.JSONDecodeError:
        return {}
    return content if isinstance(content, dict) else {}


def _alive(pid):
    try:
        os.kill(int(pid), 0)
    except (ProcessLookupError, TypeError, ValueError):
        return False
    except PermissionError:
        return True
    return True
