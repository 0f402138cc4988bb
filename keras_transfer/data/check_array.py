"""Looking at an array in an .npz before NumPy makes room for it."""

import math
import os

import numpy as np

_READ = {
    (1, 0): np.lib.format.read_array_header_1_0,
    (2, 0): np.lib.format.read_array_header_2_0,
    (3, 0): np.lib.format.read_array_header_2_0,
}


def check_array(archive, key):
    """Refuse an array that claims more than the file holds or the machine can.

    Args:
        archive: The `zipfile.ZipFile` of the .npz.
        key: Name of the array.

    Raises:
        ValueError: if its header is none.
        EOFError: if it claims too much; the text is the reason.
    """
    member = archive.getinfo(f"{key}.npy")
    with archive.open(member) as file:
        version = np.lib.format.read_magic(file)
        if version not in _READ:
            raise ValueError(f"its header has the unknown version {version[0]}.{version[1]}")
        shape, _, dtype = _READ[version](file)
    if any(size < 0 for size in shape):
        raise ValueError(f"its header claims the shape {shape}")
    claimed = math.prod(shape) * dtype.itemsize
    if not dtype.hasobject and claimed > member.file_size:
        raise EOFError(f"it claims {claimed:,} bytes, the file holds {member.file_size:,}")
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    if claimed > memory / 2:
        raise EOFError(f"it needs {claimed:,} bytes, more than half of this machine's {memory:,}")
