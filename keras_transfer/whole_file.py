"""A file that appears when it is finished."""

import contextlib
import os
import tempfile


@contextlib.contextmanager
def whole_file(path, mode=None):
    """Write to another name beside a file, which takes its place when the block ends, and is removed if it fails.

    A kill or a full disk leaves the former file whole; a kill may leave the other one, whose name ends in `.part`.

    Args:
        path: The file.
        mode: Its permissions; by default those that new files get.

    Yields:
        Path of the temporary file to write, as a string.

    Raises:
        FileNotFoundError: if the folder does not exist.
    """
    path = os.fspath(path)
    folder = os.path.dirname(path) or "."
    if not os.path.isdir(folder):
        raise FileNotFoundError(f"{path}: there is no folder {folder}; make it first")
    handle, temporary = tempfile.mkstemp(dir=folder, prefix=f".{os.path.basename(path)}-", suffix=".part")
    os.close(handle)
    try:
        yield temporary
        with open(temporary, "rb+") as file:
            os.fsync(file.fileno())
        os.chmod(temporary, _default_mode() if mode is None else mode)
        os.replace(temporary, path)
    except BaseException:
        with contextlib.suppress(FileNotFoundError):
            os.unlink(temporary)
        raise


def _default_mode():
    umask = os.umask(0)
    os.umask(umask)
    return 0o666 & ~umask
