"""A file that appears when it is finished."""

import contextlib
import os
import tempfile


@contextlib.contextmanager
def whole_file(path):
    """Write to another name beside a file, which takes its place when the block ends, and is removed if it fails.

    Args:
        path: The file; a former one stays whole until then.

    Yields:
        Path of the temporary file to write, as a string.

    Raises:
        FileNotFoundError: if the folder does not exist.
    """
    path = os.fspath(path)
    folder = os.path.dirname(path) or "."
    if not os.path.isdir(folder):
        raise FileNotFoundError(f"{path}: there is no folder {folder}; make it first")
    handle, temporary = tempfile.mkstemp(dir=folder, prefix=f".{os.path.basename(path)}-")
    os.close(handle)
    try:
        yield temporary
        with open(temporary, "rb+") as file:
            os.fsync(file.fileno())
        umask = os.umask(0)
        os.umask(umask)
        os.chmod(temporary, 0o666 & ~umask)
        os.replace(temporary, path)
    except BaseException:
        with contextlib.suppress(FileNotFoundError):
            os.unlink(temporary)
        raise
