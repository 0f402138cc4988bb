"""Files that are either old or new, never half."""

import os
import tempfile


def atomic_write(path, contents, mode=None):
    """Write a file so that a kill or a full disk leaves the former one whole.

    Args:
        path: The file.
        contents: `str` or `bytes`.
        mode: Its permissions; by default those that new files get.
    """
    path = os.fspath(path)
    data = contents.encode() if isinstance(contents, str) else contents
    handle, temporary = tempfile.mkstemp(dir=os.path.dirname(path) or ".", prefix=f".{os.path.basename(path)}-")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        os.chmod(temporary, _default_mode() if mode is None else mode)
        os.replace(temporary, path)
    except BaseException:
        os.unlink(temporary)
        raise


def _default_mode():
    umask = os.umask(0)
    os.umask(umask)
    return 0o666 & ~umask
