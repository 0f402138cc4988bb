"""What a folder of shards holds."""

import json
import os
from pathlib import Path

from keras_transfer.atomic_write import atomic_write
from keras_transfer.data.file_sha256 import file_sha256

NAME = "manifest.json"


def write_manifest(folder, manifest, name=NAME):
    """Write a dict as JSON into a folder, whole or not at all."""
    atomic_write(Path(folder) / name, json.dumps(manifest, indent=1))


def read_manifest(folder, verify=False):
    """Read the manifest of a folder of shards, and check that the shards are those it names.

    Args:
        folder: The folder.
        verify: Whether to read every shard and compare its SHA-256; otherwise sizes are compared.

    Returns:
        The dict: `shards` (`file`, `samples`, `bytes`, `sha256`), `fields`, and what `data.shard` has noted.

    Raises:
        ValueError: naming the file, if there is no manifest, or a shard is missing or another.
    """
    folder = Path(folder)
    path = folder / NAME
    if not path.is_file():
        raise ValueError(
            f"{folder} holds no {NAME}: it is no folder of shards, or one that is not finished. "
            "Run `keras-transfer shard` (again): it goes on where it was."
        )
    try:
        manifest = json.loads(path.read_text(encoding="utf-8"))
        shards = [(folder / os.path.basename(one["file"]), one) for one in manifest["shards"]]
        fields = [(field["dtype"], tuple(field["shape"])) for field in manifest["fields"]]
    except (ValueError, KeyError, TypeError) as error:
        raise ValueError(f"{path} is damaged ({type(error).__name__}: {error}). Write the shards again.") from error
    if not shards or not fields:
        raise ValueError(f"{path} names no shards. Write them again.")
    for file, one in shards:
        size = file.stat().st_size if file.is_file() else None
        if size != one["bytes"]:
            raise ValueError(
                f"{file} is {size if size is not None else 'missing: 0'} of {one['bytes']} bytes. Write it again."
            )
        if verify and file_sha256(file) != one["sha256"]:
            raise ValueError(f"{file} is damaged: its SHA-256 is not that of {path}. Write it again.")
    return manifest
