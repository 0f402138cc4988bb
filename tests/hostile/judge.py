"""Hands one bad input to the library, and says what is wrong with how it was held."""

import os
import re
import time
import warnings

from click.testing import CliRunner

from keras_transfer.cli.main import cli
from keras_transfer.cli.refused import Refused

# An error of another kind is an accident that happened to stop it.
_NAMED = (ValueError, OSError, Refused, RuntimeError)
_LONGEST_LINE = 1200
_MOST_LINES = 12  # a config names all that is wrong with it
_SLOWEST = 30.0  # seconds


def judge(folder, prepare, says):
    """None if the input was refused in clear words with nothing done, else what is wrong.

    Args:
        folder: An empty folder of its own.
        prepare: Function of the folder that lays the input there and returns a function without arguments that uses it.
        says: Pattern that a line of the error must hold: the file or argument, and the reason.
    """
    use = prepare(folder)
    before = _snapshot(folder)
    began = time.monotonic()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            use()
    except Exception as error:
        if not isinstance(error, _NAMED) or type(error).__module__.startswith(("h5py.", "keras.", "tensorflow.")):
            return f"{type(error).__name__}: {error}"
        text = error.format_message() if isinstance(error, Refused) else str(error)
    else:
        return "it was accepted"
    if time.monotonic() - began > _SLOWEST:
        return f"it took {time.monotonic() - began:.0f} s"
    if _snapshot(folder) != before:
        return f"files changed: {sorted(_snapshot(folder).keys() ^ before.keys())}"
    lines = text.splitlines()
    if len(lines) > _MOST_LINES or any(len(line) > _LONGEST_LINE for line in lines):
        return f"the error is too long: {text[:2000]}"
    if not any(re.search(says, line) for line in lines):
        return f"the error does not say {says!r}: {text}"
    return None


def typed(folder, *arguments):
    """Use of the command line in a folder; its error comes back as `Refused`."""

    def use():
        place = os.getcwd()
        os.chdir(folder)
        try:
            result = CliRunner().invoke(cli, [str(one) for one in arguments])
        finally:
            os.chdir(place)
        if result.exception is not None and not isinstance(result.exception, SystemExit):
            raise AssertionError(f"a traceback: {result.exception!r}")
        if result.exit_code:
            lines = result.stderr.splitlines()
            raise Refused("\n".join(line for line in lines if not line.startswith(("Usage:", "Try ")) and line))

    return use


def _snapshot(folder):
    found = {}
    for place, folders, files in os.walk(folder):
        for name in [*folders, *files]:
            path = os.path.join(place, name)
            status = os.lstat(path)
            found[path] = (status.st_mode, status.st_size, status.st_mtime_ns)
    return found
