"""Which names may become folders and files."""

import difflib
import keyword
import re
import unicodedata
from pathlib import Path, PurePosixPath

from keras_transfer.cli.refused import Refused

LONGEST = 64
_NAME = re.compile(r"[A-Za-z0-9]([A-Za-z0-9._-]*[A-Za-z0-9])?")
# Device names on Windows, with any ending: a repository with such a folder cannot be checked out there.
_DEVICES = {"con", "prn", "aux", "nul", *(f"{port}{digit}" for port in ("com", "lpt") for digit in range(10))}
# Python would find the folder instead of the package, when started beside it.
_PACKAGES = {
    "keras", "keras_cv", "keras_hub", "keras_nlp", "keras_transfer", "tensorflow", "tensorboard", "numpy", "scipy",
    "sklearn", "matplotlib", "pil", "yaml", "jinja2", "click", "rich",
}  # fmt: skip


def check_name(name):
    """Refuse a project name that some tool, some system or Python would stumble over.

    Raises:
        Refused: with the reason, and a name to use instead where there is one.
    """
    word = name.lower().replace("-", "_")
    if not name or set(name) <= {"."}:
        problem = "is not a name for a folder"
    elif len(name) > LONGEST:
        raise Refused(f"the project name is {len(name)} characters long; at most {LONGEST} are allowed: {shown(name)}")
    elif not name.isascii():
        odd = next(letter for letter in name if not letter.isascii())
        problem = f"has a character outside ASCII: {odd!r} ({unicodedata.name(odd, 'no name')})"
    elif not _NAME.fullmatch(name) or ".." in name:
        problem = "may hold letters, digits, '_', '-' and '.', and begins and ends with a letter or digit"
    elif word.split(".")[0] in _DEVICES:
        problem = "is the name of a device on Windows"
    elif keyword.iskeyword(name):
        problem = "is a word of Python's"
    elif word in _PACKAGES:
        problem = f"would hide the Python package `{word}`"
    else:
        return
    raise Refused(f"project name {shown(name)}: {problem}{_suggestion(name)}")


def check_target(directory):
    """The folder a project goes to, as an absolute path that may be made.

    Raises:
        Refused: if it is there and not an empty folder, is a link, or is written with `..` after a name.
    """
    if not directory or any(unicodedata.category(letter) in ("Cc", "Cs") for letter in directory):
        raise Refused(f"DIR {shown(directory)}: not a path")
    path = Path(directory).expanduser()
    parts = path.parts
    if any(part == ".." and parts[index - 1] not in ("..", path.anchor) for index, part in enumerate(parts) if index):
        raise Refused(f"DIR {shown(directory)}: has '..' after a folder's name; write the folder itself")
    path = Path.cwd() if path == Path() else Path.cwd() / path
    try:
        if path.is_symlink():
            raise Refused(f"{shown(directory)}: is a link; name the folder it leads to")
        lowest = next(folder for folder in (path, *path.parents) if folder.exists())
        if not lowest.is_dir():
            raise Refused(f"{shown(str(lowest))}: is a file; choose another folder")
        if path.is_dir() and any(path.iterdir()):
            raise Refused(f"{shown(directory)}: is there already and not empty; choose another folder")
    except OSError as error:
        raise Refused(f"{shown(directory)}: {error.strerror}") from error
    return path


def check_file(path):
    """A path inside a project, in POSIX form, checked to stay inside.

    Raises:
        Refused: if it is absolute, climbs with `..`, or has a part that some system cannot hold.
    """
    text = str(path)
    for part in text.split("/"):
        fine = part not in ("", ".", "..") and part.isprintable() and len(part.encode(errors="replace")) <= 255
        if not fine or set(part) & set('\\:*?"<>|') or part[-1] in ". " or part.split(".")[0].lower() in _DEVICES:
            raise Refused(f"file name {shown(text)}: would not stay inside the project, or is not a name everywhere")
    return PurePosixPath(text)


def did_you_mean(word, known):
    """`; did you mean ...?`, or what there is."""
    close = difflib.get_close_matches(str(word), [str(name) for name in known], n=1)
    return f"; did you mean {close[0]}?" if close else f"; there is {', '.join(map(str, known)) or 'none'}"


def shown(text):
    """A text fit for one line on a terminal, whatever it holds."""
    return ascii(text) if len(text) <= 80 else f"{text[:60]!a}..."


def _suggestion(name):
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
    better = re.sub(r"[^A-Za-z0-9_-]+", "_", plain).strip("_-")[:LONGEST]
    if better.lower().replace("-", "_") in _PACKAGES | _DEVICES or keyword.iskeyword(better.lower()):
        better = f"{better}_project"
    return f"; for example {better}" if better and better != name else ""
