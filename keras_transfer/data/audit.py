"""Look through a project's images before anything is trained on them."""

import collections
import os
from concurrent.futures import ThreadPoolExecutor

from keras_transfer.data.audit_report import AuditReport
from keras_transfer.data.class_labels import class_order
from keras_transfer.data.duplicate_images import fingerprints, shared_pairs
from keras_transfer.data.image_sources import PARTS, open_source
from keras_transfer.data.part_audit import PartAudit
from keras_transfer.data.read_files import text
from keras_transfer.data.read_image import UnreadableImageError, read_header, read_pixels


def audit(unlabelled=None, labelled=None, validation=None, test=None, *, progress=None):
    """Count, open and compare the images that `data.load_images` would read, and report all that is wrong at once.

    Takes the same paths: folders, CSV, .npz. Every file is decoded. Images are equal if their pixels are; an image saved
    twice in two formats that lose nothing is found, one that was resized or compressed again is not.

    Args:
        unlabelled: Images to pretrain on.
        labelled: Images to fine-tune on.
        validation: Images to choose by.
        test: Images for the final figures.
        progress: Function called with `(done, total)` files now and then, or None.

    Returns:
        An `AuditReport`; `print` it, or take `ok` and `as_dict()`.

    Raises:
        ValueError: if nothing was named. What is wrong with a source is in the report.

    Example:
        >>> report = keras_transfer.data.audit("photos/all", "photos/sorted", test="photos/test")
        >>> print(report)
    """
    paths = {part: path for part, path in zip(PARTS, (unlabelled, labelled, validation, test), strict=True) if path}
    if not paths:
        raise ValueError("There is nothing to audit: name at least one of unlabelled, labelled, validation and test.")
    sources, parts, seen = {}, {}, {}
    for part, path in paths.items():
        try:
            sources[part] = open_source(path, part)
        except ValueError as error:
            sources[part], parts[part] = None, PartAudit(str(path), error=str(error))
    total = sum(len(source.files.paths) for source in sources.values() if source is not None and source.files)
    tick = _Ticker(progress, total)
    for part, source in sources.items():
        if source is not None:  # an .npz without a validation part
            try:
                parts[part], seen[part] = _look(source, str(paths[part]), tick)
            except ValueError as error:  # a damaged shard
                parts[part] = PartAudit(str(paths[part]), error=str(error))
    shared = [
        (held_out, part, shared_pairs(*seen[held_out], *seen[part]))
        for held_out in ("validation", "test")
        for part in ("unlabelled", "labelled", "validation")
        if held_out in seen and part in seen and part != held_out
    ]
    parts = {part: parts[part] for part in paths if part in parts}
    return AuditReport(parts, tuple(one for one in shared if one[2]), _unknown_classes(parts))


class _Ticker:
    """Counts the files that have been looked at."""

    def __init__(self, progress, total):
        self.progress, self.done, self.total = progress, 0, total

    def __call__(self):
        self.done += 1
        if self.progress is not None:
            self.progress(self.done, self.total)


def _look(source, path, tick):
    """The `PartAudit` of one source, and `(fingerprints, names)` of its images."""
    labels = source.labels
    if source.files is None:
        count, height, width, channels = source.x.shape
        digests = fingerprints(source.x)
        names = [f"row {row}" for row in range(count)]
        sizes = {f"{height} x {width}": count}
        grey, unusable = count if channels == 1 else 0, []
    else:
        names, labels, digests, headers, unusable = _look_at_files(source.files, tick)
        sizes = dict(collections.Counter(f"{h.height} x {h.width}" for h in headers).most_common())
        grey = sum(h.grey for h in headers)
    counts = collections.Counter(str(label) for label in labels) if labels is not None else {}
    groups = collections.defaultdict(list)
    for i, digest in enumerate(digests):
        groups[digest].append(i)
    groups = [group for group in groups.values() if len(group) > 1]
    clashing = [group for group in groups if labels is not None and len({str(labels[i]) for i in group}) > 1]
    report = PartAudit(
        source=path,
        images=len(digests),
        classes={name: counts[name] for name in class_order(counts, source.class_names)},
        sizes=sizes,
        grey=grey,
        unusable=tuple((text(bad), reason) for bad, reason in unusable),
        duplicates=tuple(tuple(names[i] for i in group) for group in groups),
        conflicts=tuple(tuple(f"{names[i]} ({labels[i]})" for i in group) for group in clashing),
        notes=tuple(source.notes),
    )
    return report, (digests, names)


def _look_at_files(files, tick):
    def look(path):
        try:
            header = read_header(path, files.inside)
            pixels = read_pixels(path, channels=1 if header.grey else 3)
        except UnreadableImageError as error:
            return str(error)
        return header, fingerprints([pixels])[0]

    with ThreadPoolExecutor(min(8, os.cpu_count() or 1)) as pool:
        found = []
        for one in pool.map(look, files.paths):
            found.append(one)
            tick()
    good = [i for i, one in enumerate(found) if not isinstance(one, str)]
    failed = [
        (path, files.placed(path, one)) for path, one in zip(files.paths, found, strict=True) if isinstance(one, str)
    ]
    names = [text(files.paths[i]) for i in good]
    labels = None if files.labels is None else [files.labels[i] for i in good]
    return names, labels, [found[i][1] for i in good], [found[i][0] for i in good], [*files.bad, *failed]


def _unknown_classes(parts):
    if "labelled" not in parts or parts["labelled"].error:
        return ()
    known = parts["labelled"].classes
    return tuple(
        (part, name)
        for part in ("validation", "test")
        if part in parts
        for name in parts[part].classes
        if name not in known
    )
