"""Files that are either old or new, never half."""

from keras_transfer.whole_file import whole_file


def atomic_write(path, contents, mode=None):
    """Write a file so that a kill or a full disk leaves the former one whole.

    Args:
        path: The file.
        contents: `str` or `bytes`.
        mode: Its permissions; by default those that new files get.
    """
    with whole_file(path, mode) as temporary, open(temporary, "wb") as file:
        file.write(contents.encode() if isinstance(contents, str) else contents)
