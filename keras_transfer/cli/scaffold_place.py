"""Writes a project as a whole or not at all."""

import contextlib
import os
import secrets
import shutil
from pathlib import Path

from keras_transfer.cli.refused import Refused
from keras_transfer.cli.signals import sigterm_raises, uninterrupted


def place(files, target):
    """Write files to a new folder, or to one that is empty.

    They are written to a folder beside the target, which is then renamed. Whatever ends this before (an error, Ctrl-C,
    SIGTERM) leaves nothing.

    Args:
        files: From POSIX path to a pair: contents in `bytes`, and whether the file can be executed.
        target: Absolute path of the folder.

    Raises:
        Refused: if the system does not let it.
    """
    target = Path(target)
    made = [folder for folder in target.parents if not folder.exists()]
    temporary = target.parent / f".{target.name}.{secrets.token_hex(4)}.tmp"
    with sigterm_raises():
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
            temporary.mkdir()
            for path, (contents, executable) in files.items():
                _write(temporary / path, contents, executable)
            _move(temporary, target)
        except BaseException as error:
            with uninterrupted():
                shutil.rmtree(temporary, ignore_errors=True)
                for folder in made:
                    with contextlib.suppress(OSError):
                        folder.rmdir()
            if isinstance(error, OSError):
                raise Refused(f"{error.filename or target}: {error.strerror}", exit_code=1) from error
            raise


def _write(path, contents, executable):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(contents)
    if executable:
        path.chmod(path.stat().st_mode | 0o111)


def _move(temporary, target):
    if not target.exists():
        os.rename(temporary, target)
        return
    if any(target.iterdir()):
        raise Refused(f"{target}: is no longer empty", exit_code=1)
    # The folder may be where somebody's shell stands: it is filled, not replaced.
    moved = []
    try:
        for item in sorted(temporary.iterdir()):
            moved.append(target / item.name)
            os.rename(item, target / item.name)
        temporary.rmdir()
    except BaseException:
        with uninterrupted():
            for item in moved:
                shutil.rmtree(item) if item.is_dir() else item.unlink(missing_ok=True)
        raise
