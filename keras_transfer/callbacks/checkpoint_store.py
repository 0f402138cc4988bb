"""Generations of saved state on disk that survive kills, damage and full disks. Needs NumPy only, not TensorFlow."""

import contextlib
import hashlib
import json
import os
import re
import shutil
import sys
import warnings
import zipfile
from dataclasses import dataclass

import numpy as np

from keras_transfer.callbacks import state_tree
from keras_transfer.callbacks.is_finite import is_finite

FORMAT = 1
_MANIFEST, _STATE, _ARRAYS = "manifest.json", "state.json", "arrays.npz"
_GENERATION = re.compile(r"\d{8}")
_TEMPORARY = re.compile(r"\.(writing|deleting|probe)-")


class CheckpointDamagedError(RuntimeError):
    """No saved generation is readable."""


class CheckpointWriteError(OSError):
    """A generation could not be written; the ones before it are untouched."""


class NonFiniteStateError(ValueError):
    """A generation was refused because a value in it is NaN or infinite."""


@dataclass(frozen=True)
class Generation:
    """One saved state: its number (later is larger), its folder, and the tree that was written."""

    number: int
    path: str
    tree: dict


class CheckpointStore:
    """Saved states of one run, the last `keep` of them, each a folder that is complete or absent.

        00000007/manifest.json   sizes and SHA-256 of the files beside it, versions, and its own SHA-256
        00000007/state.json      everything but the arrays
        00000007/arrays.npz      the arrays, without pickle

    A generation is written under another name, flushed to disk and then renamed, so that a kill at any moment leaves the
    generations before it as they were. What is read is checked against its SHA-256; a damaged generation is named in a
    warning and the one before it is used.

    Args:
        directory: Folder of its own, made when first written to.
        keep: Generations to keep, at least 1.

    Example:
        >>> store = CheckpointStore("runs/pretrain")
        >>> store.write({"epoch": 3, "weights": [np.zeros(5)]})
        >>> store.read().tree["epoch"]
        3
    """

    def __init__(self, directory, keep=2):
        if isinstance(keep, bool) or not isinstance(keep, int) or keep < 1:
            raise ValueError(f"`keep` must be a whole number from 1. Received: keep={keep!r}")
        self.directory = os.path.abspath(os.fspath(directory))
        self.keep = keep
        self._damaged = set()

    def prepare(self):
        """Make the folder, prove that it can be written to, and remove what a killed writer left behind.

        Raises:
            CheckpointWriteError: if the folder cannot be made or written to.
        """
        try:
            os.makedirs(self.directory, exist_ok=True)
            for name in os.listdir(self.directory):
                if _TEMPORARY.match(name):
                    _remove(os.path.join(self.directory, name))
            probe = os.path.join(self.directory, f".probe-{os.getpid()}")
            _write_file(probe, b"probe")
            os.remove(probe)
        except OSError as error:
            raise CheckpointWriteError(
                error.errno,
                f"Cannot write to the checkpoint folder ({error.strerror or error}). Give a folder you may write to, or change "
                "its permissions",
                self.directory,
            ) from error

    def numbers(self):
        """Numbers of the generations on disk, damaged ones too, in order."""
        if not os.path.isdir(self.directory):
            return []
        return sorted(int(name) for name in os.listdir(self.directory) if _GENERATION.fullmatch(name))

    def path(self, number):
        """Folder of a generation."""
        return os.path.join(self.directory, f"{number:08d}")

    def write(self, tree, must_be_finite=None):
        """Write a generation and remove the oldest ones.

        Args:
            tree: State as `state_tree.encode` takes it.
            must_be_finite: Dict of name to array; if one has a NaN or an infinity, nothing is written.

        Returns:
            The generation's folder.

        Raises:
            NonFiniteStateError: if an array of `must_be_finite` is not finite.
            CheckpointWriteError: if the disk is full, read-only or failing. The generations before stay.
        """
        for name, array in (must_be_finite or {}).items():
            if not is_finite(array):
                raise NonFiniteStateError(name)
        number = (self.numbers() or [0])[-1] + 1
        temporary = os.path.join(self.directory, f".writing-{number:08d}-{os.getpid()}")
        try:
            os.makedirs(temporary)
            _write_generation(temporary, number, tree)
            os.replace(temporary, self.path(number))
            _sync_folder(self.directory)
        except OSError as error:
            _remove(temporary)
            good = [other for other in self.numbers() if other not in self._damaged]
            left = f"The last good state stays in {self.path(good[-1])}" if good else "No state has been saved before"
            raise CheckpointWriteError(
                error.errno,
                f"Could not save to the checkpoint folder ({error.strerror or error}). {left}. Free space or mend the disk, "
                "then run the same command again",
                self.directory,
            ) from error
        except BaseException:
            _remove(temporary)
            raise
        self._prune()
        return self.path(number)

    def read(self):
        """Return the newest readable `Generation`, or None if nothing was ever saved.

        Warns:
            UserWarning: for each newer generation that is damaged: which file, and how.

        Raises:
            CheckpointDamagedError: if there are generations, and all are damaged.
        """
        damages = []
        for number in reversed(self.numbers()):
            try:
                tree = _read_generation(self.path(number), number)
            except _Damage as damage:
                damages.append(str(damage))
                self._damaged.add(number)
                continue
            for damage in damages:
                warnings.warn(f"Damaged checkpoint: {damage}. Using {self.path(number)} instead.", stacklevel=2)
            return Generation(number, self.path(number), tree)
        if damages:
            raise CheckpointDamagedError(
                f"All saved states in {self.directory} are damaged: {'; '.join(damages)}. Restore the folder from a copy, or "
                "delete it to start from the beginning."
            )
        return None

    def _prune(self):
        numbers = self.numbers()
        good = [number for number in numbers if number not in self._damaged]
        for number in set(numbers) - set(good[-self.keep :]):
            # Renamed first, so that a kill in the middle of deleting leaves no half generation.
            going = os.path.join(self.directory, f".deleting-{number:08d}-{os.getpid()}")
            with contextlib.suppress(OSError):  # a leftover costs space, not correctness; `prepare` tries again
                os.replace(self.path(number), going)
            _remove(going)
            self._damaged.discard(number)


class _Damage(Exception):
    pass


def _write_generation(folder, number, tree):
    json_tree, arrays = state_tree.encode(tree)
    _write_file(os.path.join(folder, _STATE), json.dumps(json_tree).encode())
    with open(os.path.join(folder, _ARRAYS), "xb") as file:
        with zipfile.ZipFile(file, "w", zipfile.ZIP_STORED) as archive:
            for key, array in arrays.items():
                with archive.open(f"{key}.npy", "w", force_zip64=True) as member:
                    np.lib.format.write_array(member, array, allow_pickle=False)
        file.flush()
        os.fsync(file.fileno())
    manifest = {
        "format": FORMAT,
        "generation": number,
        "versions": _versions(),
        "files": {name: _fingerprint(os.path.join(folder, name)) for name in (_STATE, _ARRAYS)},
    }
    manifest["sha256"] = _digest(manifest)
    _write_file(os.path.join(folder, _MANIFEST), json.dumps(manifest, indent=1).encode())
    _sync_folder(folder)


def _read_generation(folder, number):
    manifest = _read_manifest(os.path.join(folder, _MANIFEST))
    if manifest["generation"] != number:
        raise _Damage(f"{folder} holds generation {manifest['generation']}: it was renamed or copied over")
    for name, expected in manifest["files"].items():
        path = os.path.join(folder, name)
        try:
            found = _fingerprint(path)
        except OSError as error:
            raise _Damage(f"{path} cannot be read ({error.strerror})") from error
        if found["bytes"] != expected["bytes"]:
            raise _Damage(f"{path} has {found['bytes']} bytes instead of {expected['bytes']}")
        if found["sha256"] != expected["sha256"]:
            raise _Damage(f"{path} has the right size and another content (SHA-256 differs)")
    try:
        return _decoded(folder)
    except (
        AttributeError,
        KeyError,
        MemoryError,
        OSError,
        RecursionError,
        TypeError,
        ValueError,
        zipfile.BadZipFile,
    ) as error:
        reason = " ".join(str(error).split()) or type(error).__name__
        raise _Damage(
            f"{folder} has the right checksums, and a content that was never saved by `Resume` ({reason})"
        ) from error


def _decoded(folder):
    with open(os.path.join(folder, _STATE), "rb") as file:
        json_tree = json.loads(file.read())
    with np.load(os.path.join(folder, _ARRAYS), allow_pickle=False) as archive:
        arrays = {key: archive[key] for key in archive.files}
    if not isinstance(json_tree, dict) or not all(isinstance(array, np.ndarray) for array in arrays.values()):
        raise ValueError("it is no state")
    return state_tree.decode(json_tree, arrays)


def _read_manifest(path):
    try:
        with open(path, "rb") as file:
            manifest = json.loads(file.read())
    except OSError as error:
        raise _Damage(f"{path} cannot be read ({error.strerror})") from error
    except ValueError as error:
        raise _Damage(f"{path} is not JSON any more ({error})") from error
    if not isinstance(manifest, dict) or manifest.pop("sha256", None) != _digest(manifest):
        raise _Damage(f"{path} does not match its own SHA-256")
    if manifest.get("format") != FORMAT:
        raise _Damage(
            f"{path} has format {manifest.get('format')}, this version reads {FORMAT}; it was written with "
            f"{manifest.get('versions')}"
        )
    files = manifest.get("files")
    if not isinstance(files, dict) or set(files) != {_STATE, _ARRAYS}:
        raise _Damage(f"{path} must list {_STATE} and {_ARRAYS}, and nothing else")
    return manifest


def _versions():
    """Versions of what is already imported: the store itself needs none of them."""
    modules = ("keras_transfer", "keras", "tensorflow", "numpy")
    return {name: getattr(sys.modules[name], "__version__", None) for name in modules if name in sys.modules}


def _digest(value):
    return hashlib.sha256(json.dumps(value, sort_keys=True).encode()).hexdigest()


def _fingerprint(path):
    with open(path, "rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
        return {"bytes": file.tell(), "sha256": digest}


def _write_file(path, content):
    with open(path, "xb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def _sync_folder(path):
    if os.name == "nt":  # Windows cannot open folders, and flushes renames by itself
        return
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _remove(path):
    if os.path.isdir(path) and not os.path.islink(path):
        shutil.rmtree(path, ignore_errors=True)
    else:
        with contextlib.suppress(OSError):
            os.remove(path)
