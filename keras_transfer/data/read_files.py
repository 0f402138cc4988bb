"""Decode the image files of a project, or name all that cannot be."""

import collections
import os
from concurrent.futures import ThreadPoolExecutor

import numpy as np

from keras_transfer.data.read_image import UnreadableImageError, read_header, read_pixels

_LARGEST_SIDE = 224
_SHOWN = 200


def read_files(sources, image_size, on_bad):
    """Decode the files of all sources into arrays of one size and one number of channels.

    First every header is read, which settles the size; then everything is decoded.

    Args:
        sources: `ImageSource` by part; those that list files get `x` and lose the labels of unusable files.
        image_size: `(height, width)` or None.
        on_bad: `"error"` or `"skip"`.

    Returns:
        `(path, reason)` of what was left out.

    Raises:
        ValueError: naming every file that cannot be used.
    """
    listed = [source for source in sources.values() if source.files is not None]
    if not listed:
        return []
    bad = [pair for source in listed for pair in source.files.bad]
    classes = {source.name: set(source.labels or ()) for source in listed}
    with ThreadPoolExecutor(min(8, os.cpu_count() or 1)) as pool:
        headers = {}
        for source in listed:
            found = pool.map(lambda path, s=source: _try(read_header, path, s.files.inside), source.files.paths)
            headers[source.name] = _keep_readable(source, found, bad)
        everything = [header for some in headers.values() for header in some]
        arrays = [source.x for source in sources.values() if source.x is not None]
        size = image_size or (arrays[0].shape[1:3] if arrays else _common_size(everything))
        channels = 1 if all(h.grey for h in everything) and all(x.shape[-1] == 1 for x in arrays) else 3
        _check_memory(len(everything), size, channels)
        for source in listed:
            pixels = pool.map(lambda path: _try(read_pixels, path, size, channels), source.files.paths)
            source.x = _keep_readable(source, pixels, bad)
            lost = sorted(classes[source.name] - set(source.labels or ()))
            source.notes += [f"{source.name}: no image of the class {name!r} can be used." for name in lost]
    if bad and on_bad == "error":
        raise ValueError(_complaint(bad))
    for source in listed:
        if not source.x:
            raise ValueError(f"{source.name} holds no image that can be used.\n{_complaint(bad)}")
        changed = sum((h.height, h.width) != size for h in headers[source.name])
        if changed:
            source.notes.append(f"{source.name}: {changed} images were cut and resized to {size[0]} x {size[1]}.")
        source.x = np.stack(source.x)
    return [(text(path), reason) for path, reason in bad]


def _try(function, *arguments):
    try:
        return function(*arguments)
    except UnreadableImageError as error:
        return error


def _keep_readable(source, results, bad):
    """Drop the paths and labels of what failed, add them to `bad`, and return the other results."""
    files, kept, good = source.files, [], []
    for i, result in enumerate(results):
        if isinstance(result, UnreadableImageError):
            bad.append((files.paths[i], files.placed(files.paths[i], result)))
        else:
            kept.append(i)
            good.append(result)
    files.paths = [files.paths[i] for i in kept]
    if source.labels is not None:
        source.labels = [source.labels[i] for i in kept]
    return good


def _common_size(headers):
    if not headers:
        return None
    size, count = collections.Counter((h.height, h.width) for h in headers).most_common(1)[0]
    if count * 2 > len(headers) and max(size) <= _LARGEST_SIDE:
        return size
    side = min(_LARGEST_SIDE, int(np.median([min(h.height, h.width) for h in headers])))
    return side, side


def _check_memory(count, size, channels):
    if not size:
        return
    needed = count * size[0] * size[1] * channels
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    if needed > memory / 2:
        raise ValueError(
            f"{count} images of {size[0]} x {size[1]} need {needed / 1e9:.1f} GB, more than half of this machine's "
            f"{memory / 1e9:.1f} GB. Give a smaller `image_size`, or fewer images."
        )


def _complaint(bad):
    lines = [f"  {line(path, reason)}" for path, reason in bad[:_SHOWN]]
    if len(bad) > _SHOWN:
        lines.append(f"  and {len(bad) - _SHOWN} more")
    return "\n".join(
        [f"{len(bad)} files cannot be used:", *lines, 'Repair or remove them, or leave them out with on_bad="skip".']
    )


def line(path, reason):
    """Path and reason as a line of text."""
    return f"{text(path)} {reason}"


def text(path):
    """A path that can be printed: file names need not be valid text."""
    return str(path).encode("utf-8", "backslashreplace").decode()
