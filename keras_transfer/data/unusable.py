"""What is done about files and lines that cannot be used."""

from keras_transfer.data.part_audit import indented
from keras_transfer.data.read_files import line


def check_on_bad(on_bad):
    """Raise a `ValueError` if there is no such choice."""
    if on_bad not in ("error", "skip"):
        raise ValueError(f'`on_bad` must be "error" or "skip". Received: on_bad={on_bad!r}')


def bad_list(on_bad):
    """Where readers append what cannot be used: a list with `on_bad="skip"`; None with `"error"`, so that they raise."""
    check_on_bad(on_bad)
    return [] if on_bad == "skip" else None


def unusable(bad, place, reason, error=None):
    """Raise a `ValueError` of place and reason, or, where `bad` is a list, append both to it and let the reader go on."""
    if bad is None:
        raise ValueError(f"{place} {reason}") from error
    bad.append((str(place), reason))


def each_once(bad):
    """The entries of `bad_list`, each once: one file may have been read for several parts."""
    return tuple(dict.fromkeys(bad or ()))


def left_out(skipped):
    """A note that counts and lists what was left out, in a list; an empty one if nothing was."""
    if not skipped:
        return []
    heading = f"{len(skipped)} files or lines could not be used and were left out:"
    return ["\n".join([heading, *indented(line(*each) for each in skipped)])]
