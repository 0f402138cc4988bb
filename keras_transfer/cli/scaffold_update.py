"""Which of a project's files a newer template changes, and how."""

import dataclasses
import os
from pathlib import Path

from keras_transfer.atomic_write import atomic_write
from keras_transfer.cli.scaffold_merge import merge


@dataclasses.dataclass(frozen=True)
class Change:
    """What an update does to one file.

    Args:
        path: POSIX path in the project.
        action: `added`, `replaced`, `merged`, `deleted`; `conflict`; `kept`, when the file stays as it is and the user
            should know why.
        contents: New contents in `bytes`; `None` leaves or deletes the file.
        executable: Whether it can be executed.
        note: Why, where that is not plain.
    """

    path: str
    action: str
    contents: bytes | None = None
    executable: bool = False
    note: str = ""


def plan_update(folder, old, new, label="template"):
    """Compare a project with what was rendered for it then and what is rendered now.

    Files that nobody touched are replaced, edited ones are merged, deleted ones stay deleted.

    Args:
        folder: The project.
        old: Files as they were rendered: from POSIX path to contents and whether the file can be executed.
        new: Files as they are rendered now.
        label: Name of the new side in conflicts.

    Returns:
        A list of `Change`, sorted by path; files that stay as they are, and should, are left out.
    """
    changes = (_change(Path(folder), path, old.get(path), new.get(path), label) for path in sorted({*old, *new}))
    return [change for change in changes if change is not None]


def apply_update(folder, changes):
    """Carry out a plan. Each file is either old or new at any moment; an update that was cut short can be run again."""
    for change in changes:
        path = Path(folder) / change.path
        if change.contents is not None:
            path.parent.mkdir(parents=True, exist_ok=True)
            atomic_write(path, change.contents, _mode(path, change.executable))
        elif change.action == "deleted":
            path.unlink()


def _change(folder, path, old, new, label):
    obstacle = _obstacle(folder, path)
    if old == new:
        return None
    if obstacle:
        return Change(path, "conflict", note=obstacle)
    mine = (folder / path).read_bytes() if (folder / path).exists() else None
    if new is None:
        return _dropped(path, old[0], mine)
    if old is None:
        return _added(path, new, mine, label)
    if mine is None:
        return Change(path, "kept", note="you deleted it")
    return _both(path, old, new, mine, label)


def _dropped(path, old, mine):
    if mine is None:
        return None
    if mine == _line_ends_of(mine, old):
        return Change(path, "deleted", note="the template has it no longer")
    return Change(path, "kept", note="the template has it no longer, but you changed it")


def _added(path, new, mine, label):
    contents, executable = new
    if mine is None:
        return Change(path, "added", contents, executable)
    if mine == _line_ends_of(mine, contents):
        return None
    if _is_binary(mine, contents):
        return Change(path, "conflict", note="binary, and you made one of that name; yours is kept")
    merged, _ = merge(b"", mine, _line_ends_of(mine, contents), (b"yours", label.encode()))
    return Change(path, "conflict", merged, executable, "you made one of that name")


def _both(path, old, new, mine, label):
    contents, executable = new
    before, after = _line_ends_of(mine, old[0]), _line_ends_of(mine, contents)
    if mine == after:
        return None if old[1] == executable else Change(path, "replaced", mine, executable)
    if mine == before:
        return Change(path, "replaced", after, executable)
    if before == after:
        return None
    if _is_binary(mine, before, after):
        return Change(path, "conflict", note="binary, and you changed it; yours is kept")
    merged, conflicts = merge(before, mine, after, (b"yours", label.encode()))
    if conflicts:
        return Change(path, "conflict", merged, executable, f"{conflicts} place{'s' * (conflicts > 1)} marked <<<<<<<")
    return None if merged == mine else Change(path, "merged", merged, executable)


def _obstacle(folder, path):
    """Why nothing may be written there: no link is followed, so nothing outside the project is touched."""
    at = folder
    for part in Path(path).parts:
        at = at / part
        if at.is_symlink():
            return f"{at.relative_to(folder)} is a link; it is left alone"
        if at.exists() and at.is_dir() == (at == folder / path):
            return f"{at.relative_to(folder)} is {'a folder' if at.is_dir() else 'a file'} of yours; it is left alone"
    return ""


def _line_ends_of(mine, text):
    """A text with the line ends that an editor or git on Windows has given to the user's copy."""
    return text.replace(b"\n", b"\r\n") if b"\r\n" in mine and b"\r\n" not in text and b"\0" not in text else text


def _is_binary(*texts):
    return any(b"\0" in text for text in texts)


def _mode(path, executable):
    if not path.exists():
        return 0o755 if executable else None
    mode = os.stat(path).st_mode & 0o777
    return mode | 0o111 if executable else mode
