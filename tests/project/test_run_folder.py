import json
import os

import pytest

from keras_transfer.project import RunError, RunFolder
from keras_transfer.project.run_folder import run_path


def test_create_and_open(tmp_path):
    base = tmp_path / "runs"
    first, second = RunFolder.create(base), RunFolder.create(base)
    assert first.path != second.path
    assert RunFolder.open(base).path == second.path
    assert os.readlink(base / "latest") == second.path.name
    assert RunFolder.open(base, first.path.name).path == first.path
    assert RunFolder.open(base, str(first.path)).path == first.path
    assert os.fspath(first / "x") == os.path.join(first, "x")


def test_a_name_is_taken_as_it_is(tmp_path):
    assert RunFolder.create(tmp_path, "mine").path.name == "mine"
    with pytest.raises(RunError, match="mine: is there already"):
        RunFolder.create(tmp_path, "mine")


def test_no_such_run(tmp_path):
    with pytest.raises(RunError, match="runs: no such run; there are no runs yet"):
        RunFolder.open(tmp_path / "runs")
    RunFolder.create(tmp_path, "mine")
    with pytest.raises(RunError, match="yours: no such run; there are mine$"):
        RunFolder.open(tmp_path, "yours")


def test_base_that_cannot_be(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(RunError, match="cannot be made: Not a directory"):
        RunFolder.create(tmp_path / "file" / "runs")


def test_without_links_a_text_file_points(tmp_path, monkeypatch):
    def refuse(*arguments, **options):
        raise OSError("links are not supported")

    monkeypatch.setattr(os, "symlink", refuse)
    for _ in range(2):
        run = RunFolder.create(tmp_path)
        assert (tmp_path / "latest").read_text() == f"{run.path.name}\n"
        assert RunFolder.open(tmp_path).path == run.path
    monkeypatch.undo()
    run = RunFolder.create(tmp_path)
    assert (tmp_path / "latest").is_symlink()
    assert RunFolder.open(tmp_path).path == run.path


def test_a_pointer_leads_nowhere_else(tmp_path):
    for text in ("../other", "..", "/etc", ""):
        (tmp_path / "latest").write_text(text)
        assert run_path(tmp_path) is None


def test_a_folder_in_the_place_of_the_pointer_is_kept(tmp_path):
    (tmp_path / "latest").mkdir()
    with pytest.raises(RunError, match="latest: is a folder, not the link"):
        RunFolder.create(tmp_path)
    assert (tmp_path / "latest").is_dir()


def test_times_and_states(tmp_path):
    run = RunFolder.create(tmp_path)
    with run.time("pretrain"):
        assert run.stages["pretrain"]["state"] == "running"
        assert run.seconds["pretrain"] >= 0
        assert not run.is_finished("pretrain")
        assert run.logs == run / "logs" / "pretrain"
    assert run.is_finished("pretrain")
    with pytest.raises(KeyboardInterrupt), run.time("finetune"):
        raise KeyboardInterrupt
    assert run.stages["finetune"]["state"] == "interrupted"
    assert set(json.loads((run / "stages.json").read_text())) == {"pretrain", "finetune"}


def test_seconds_of_a_resumed_stage_add_up(tmp_path):
    run = RunFolder.create(tmp_path)
    record = {"state": "interrupted", "seconds": 100.0, "started": "", "attempts": 2}
    (run / "stages.json").write_text(json.dumps({"pretrain": record}))
    with run.time("pretrain", resumed=True):
        assert 100 <= run.seconds["pretrain"] < 200
    assert 100 <= run.seconds["pretrain"] < 200
    assert run.stages["pretrain"]["attempts"] == 3
    with run.time("pretrain"):
        pass
    assert run.seconds["pretrain"] < 100
    assert run.stages["pretrain"]["attempts"] == 1


def test_only_a_resumed_stage_finds_what_it_left(tmp_path):
    run = RunFolder.create(tmp_path)
    with run.time("pretrain"):
        for folder in (run.logs, run.progress):
            folder.mkdir(parents=True)
            (folder / "left").write_text("")
    with run.time("pretrain", resumed=True):
        assert (run.progress / "left").exists() and (run.logs / "left").exists()
    with run.time("finetune"):
        pass
    assert (run / "progress" / "pretrain" / "left").exists()
    with run.time("pretrain"):
        assert not run.progress.exists() and not run.logs.exists()


def test_a_worker_writes_nothing(tmp_path):
    chief = RunFolder.create(tmp_path)
    worker = RunFolder(chief.path, is_chief=False)
    before = sorted(chief.path.rglob("*"))
    with worker.time("pretrain"):
        assert "pretrain" not in worker.stages
        assert worker.seconds["pretrain"] >= 0
    assert sorted(chief.path.rglob("*")) == before


def test_damaged_state_is_named(tmp_path):
    run = RunFolder.create(tmp_path)
    (run / "stages.json").write_text("{")
    with pytest.raises(RunError, match=r"stages.json: damaged"):
        _ = run.stages


def test_folders_belong_to_a_stage(tmp_path):
    with pytest.raises(RunError, match="no stage is running"):
        _ = RunFolder.create(tmp_path).logs
