"""Whatever happens to saved files: the state before is used with a named warning, or a named error says what to do."""

import errno
import json
import os
import random
import shutil
import warnings
from pathlib import Path

import numpy as np
import pytest

from keras_transfer.callbacks import checkpoint_store
from keras_transfer.callbacks.checkpoint_store import CheckpointDamagedError, CheckpointStore, CheckpointWriteError
from tests.faults import store_alone

FILES = ("arrays.npz", "state.json", "manifest.json")


@pytest.fixture
def store(tmp_path):
    """Two states, 0 and 1, in generations 1 and 2."""
    store = CheckpointStore(tmp_path / "store")
    store.prepare()
    for number in range(2):
        store.write(store_alone.state(number))
    return store


def truncate(share):
    def damage(path):
        content = path.read_bytes()
        size = {"none": 0, "one": 1, "all but one": len(content) - 1}.get(share)
        path.write_bytes(content[: int(len(content) * share) if size is None else size])

    return damage


def flip(seed):
    def damage(path):
        content = bytearray(path.read_bytes())
        position = random.Random(seed).randrange(len(content) * 8)
        content[position // 8] ^= 1 << position % 8
        path.write_bytes(content)

    return damage


def zero_page(path):
    content = path.read_bytes()
    start = len(content) // 3
    page = bytes(min(4096, len(content) - start))
    path.write_bytes(content[:start] + page + content[start + len(page) :])


def append(path):
    path.write_bytes(path.read_bytes() + b"\0")


def swap_with_older(path):
    older = path.parent.parent / "00000001" / path.name
    path.write_bytes(older.read_bytes())


def turn_into_folder(path):
    path.unlink()
    path.mkdir()


def dangling_link(path):
    path.unlink()
    path.symlink_to("nowhere")


def another_file(path):
    path.write_bytes(b"<html>404 Not Found</html>")


DAMAGES = {
    **{f"truncated to {share}": truncate(share) for share in ("none", "one", 0.05, 0.25, 0.5, 0.95, "all but one")},
    **{f"bit flip {seed}": flip(seed) for seed in range(12)},
    "zero page": zero_page,
    "appended byte": append,
    "missing": Path.unlink,
    "stale": swap_with_older,
    "folder instead": turn_into_folder,
    "dangling link": dangling_link,
    "another file": another_file,
}


@pytest.mark.parametrize("damage", DAMAGES)
@pytest.mark.parametrize("name", FILES)
def test_damaged_file(name, damage, store, fault):
    with fault:
        DAMAGES[damage](Path(store.path(2)) / name)
        reader = CheckpointStore(store.directory)
        with pytest.warns(UserWarning, match=f"Damaged checkpoint.*{name}|Damaged checkpoint.*00000002"):
            generation = reader.read()
        assert store_alone.check(generation.tree) == 0
        # The next write goes past the damaged one, and later reads are quiet.
        reader.write(store_alone.state(5))
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            assert store_alone.check(CheckpointStore(store.directory).read().tree) == 5
        assert reader.numbers() == [1, 3]


@pytest.mark.parametrize("name", FILES)
def test_both_generations_damaged(name, store, fault):
    with fault:
        for number in (1, 2):
            (Path(store.path(number)) / name).write_bytes(b"")
        with pytest.raises(CheckpointDamagedError, match="00000002.*00000001.*delete it to start") as error:
            CheckpointStore(store.directory).read()
        assert name in str(error.value)


def remove_all_files(folder):
    for path in folder.iterdir():
        path.unlink()


def older_under_newer_name(folder):
    shutil.rmtree(folder)
    shutil.copytree(folder.parent / "00000001", folder)


def other_format(folder):
    manifest = json.loads((folder / "manifest.json").read_text())
    del manifest["sha256"]
    manifest["format"] = 99
    manifest["sha256"] = checkpoint_store._digest(manifest)
    (folder / "manifest.json").write_text(json.dumps(manifest))


def manifest_without_files(folder):
    manifest = {"sha256": checkpoint_store._digest({})}
    (folder / "manifest.json").write_text(json.dumps(manifest))


def file_instead(folder):
    shutil.rmtree(folder)
    folder.write_bytes(b"")


@pytest.mark.parametrize(
    "damage", [remove_all_files, older_under_newer_name, other_format, manifest_without_files, file_instead]
)
def test_damaged_folder(damage, store, fault):
    with fault:
        damage(Path(store.path(2)))
        with pytest.warns(UserWarning, match="Damaged checkpoint.*00000002"):
            assert store_alone.check(CheckpointStore(store.directory).read().tree) == 0


def test_missing_newest_generation(store, fault):
    with fault:
        shutil.rmtree(store.path(2))
        assert store_alone.check(CheckpointStore(store.directory).read().tree) == 0


@pytest.mark.parametrize("name", [".writing-00000003-1", ".deleting-00000001-1", ".probe-1"])
def test_leftover_temporary(name, store, fault):
    with fault:
        left = Path(store.directory) / name
        left.mkdir()
        (left / "arrays.npz").write_bytes(b"half")
        again = CheckpointStore(store.directory)
        assert store_alone.check(again.read().tree) == 1
        again.prepare()
        assert not left.exists()


class FullDisk:
    """Stands in for a module's `open`: files take so many bytes in all, then the disk is full."""

    def __init__(self, room):
        self.room = room

    def __call__(self, path, mode="r", **kwargs):
        file = open(path, mode, **kwargs)  # noqa: SIM115, handed on
        if "x" not in mode:
            return file
        write = file.write
        disk = self

        class Limited:
            def write(self, content):
                size = memoryview(content).nbytes
                if size > disk.room:
                    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
                disk.room -= size
                return write(content)

            def __getattr__(self, name):
                return getattr(file, name)

            def __enter__(self):
                return self

            def __exit__(self, *error):
                file.close()

        return Limited()


@pytest.mark.parametrize("room", [0, 10, 500, 3000, 4300, 4800, 5200])
def test_disk_full(room, store, monkeypatch, fault):
    with fault:
        monkeypatch.setattr(checkpoint_store, "open", FullDisk(room), raising=False)
        with pytest.raises(
            CheckpointWriteError, match="No space left on device.*last good state stays in .*00000002"
        ) as error:
            store.write(store_alone.state(7))
        assert error.value.errno == errno.ENOSPC
        assert error.value.filename == store.directory
        monkeypatch.undo()
        assert sorted(os.listdir(store.directory)) == ["00000001", "00000002"]
        assert store_alone.check(CheckpointStore(store.directory).read().tree) == 1
        store.write(store_alone.state(7))
        assert store_alone.check(CheckpointStore(store.directory).read().tree) == 7


@pytest.mark.parametrize("call", ["fsync", "replace", "makedirs"])
def test_failing_disk(call, store, monkeypatch, fault):
    def fail(*args, **kwargs):
        raise OSError(errno.EIO, os.strerror(errno.EIO))

    with fault:
        monkeypatch.setattr(os, call, fail)
        with pytest.raises(CheckpointWriteError, match="Input/output error"):
            store.write(store_alone.state(7))
        monkeypatch.undo()
        assert store_alone.check(CheckpointStore(store.directory).read().tree) == 1


@pytest.mark.parametrize("code", [errno.EROFS, errno.EACCES])
def test_folder_that_cannot_be_written_is_named_before_training(code, tmp_path, monkeypatch, fault):
    # As root no permission stops a write, so the error is put in the place of the system call.
    def refuse(path, *args, **kwargs):
        raise OSError(code, os.strerror(code), path)

    with fault:
        folder = tmp_path / "read-only"
        folder.mkdir()
        monkeypatch.setattr(checkpoint_store, "open", refuse, raising=False)
        with pytest.raises(CheckpointWriteError, match="Cannot write to the checkpoint folder") as error:
            CheckpointStore(folder).prepare()
        assert error.value.filename == str(folder)


def test_file_where_the_folder_should_be(tmp_path, fault):
    with fault:
        (tmp_path / "taken").write_text("")
        with pytest.raises(CheckpointWriteError, match="Cannot write"):
            CheckpointStore(tmp_path / "taken").prepare()


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("dtype", ["float32", "float16", "bfloat16"])
def test_non_finite_state_is_never_written(bad, dtype, store, fault):
    import ml_dtypes

    with fault:
        array = np.zeros(9, dict(bfloat16=ml_dtypes.bfloat16).get(dtype, dtype))
        array[4] = bad
        with pytest.raises(checkpoint_store.NonFiniteStateError, match="the kernel"):
            store.write(store_alone.state(9), must_be_finite={"the bias": np.zeros(3), "the kernel": array})
        assert store_alone.check(CheckpointStore(store.directory).read().tree) == 1
