import os
import stat

import pytest

from keras_transfer.atomic_write import atomic_write


def test_text_and_bytes(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    atomic_write("file", "grün\n")
    assert (tmp_path / "file").read_bytes() == "grün\n".encode()
    atomic_write(tmp_path / "file", b"\0")
    assert (tmp_path / "file").read_bytes() == b"\0"


def test_permissions(tmp_path):
    umask = os.umask(0o027)
    try:
        atomic_write(tmp_path / "usual", "x")
    finally:
        os.umask(umask)
    atomic_write(tmp_path / "given", "x", 0o755)
    modes = [stat.S_IMODE((tmp_path / name).stat().st_mode) for name in ("usual", "given")]
    assert modes == [0o640, 0o755]


@pytest.mark.parametrize("step", ["fsync", "chmod", "replace"])
def test_a_failure_at_any_step_leaves_the_old_file_and_nothing_else(tmp_path, monkeypatch, step):
    (tmp_path / "file").write_text("old")

    def fail(*arguments):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, step, fail)
    with pytest.raises(OSError, match="No space left"):
        atomic_write(tmp_path / "file", "new")
    monkeypatch.undo()
    assert [(path.name, path.read_text()) for path in tmp_path.iterdir()] == [("file", "old")]
