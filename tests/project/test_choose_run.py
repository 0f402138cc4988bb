import pytest

from keras_transfer.project import RunError, RunFolder
from keras_transfer.project.choose_run import choose_run


def begin(run, stage):
    """Leave a stage as a kill leaves it."""
    context = run.time(stage)
    context.__enter__()
    return context


def finish(run, stage):
    with run.time(stage):
        pass


def test_every_first_stage_gets_a_new_folder(tmp_path):
    first, resumed, notes = choose_run(tmp_path, "pretrain")
    assert (resumed, notes) == (False, [])
    finish(first, "pretrain")
    second, resumed, notes = choose_run(tmp_path, "pretrain", resume=True)
    assert second.path != first.path
    assert not resumed
    assert "nothing to resume" in notes[0]


def test_a_killed_first_stage_is_resumed_in_its_folder(tmp_path):
    first, _, _ = choose_run(tmp_path, "pretrain")
    begin(first, "pretrain")
    again, resumed, _ = choose_run(tmp_path, "pretrain", resume=True)
    assert again.path == first.path
    assert resumed
    other, resumed, notes = choose_run(tmp_path, "pretrain")
    assert other.path != first.path
    assert not resumed
    assert notes == [f"{first.path} was not finished; --resume would go on with it"]


def test_resume_with_no_run_at_all(tmp_path):
    _, resumed, notes = choose_run(tmp_path / "runs", "pretrain", resume=True)
    assert not resumed
    assert notes == ["there is nothing to resume: a new run begins"]


def test_a_named_first_stage(tmp_path):
    run, _, _ = choose_run(tmp_path, "pretrain", name="mine")
    assert run.path == tmp_path / "mine"
    begin(run, "pretrain")
    with pytest.raises(RunError, match="add --resume"):
        choose_run(tmp_path, "pretrain", name="mine")
    assert choose_run(tmp_path, "pretrain", name="mine", resume=True)[1]
    finish(run, "pretrain")
    for resume in (False, True):
        with pytest.raises(RunError, match="is there already"):
            choose_run(tmp_path, "pretrain", name="mine", resume=resume)


def test_later_stages_take_the_newest_run_or_the_named(tmp_path):
    for name in ("first", "second"):
        run, _, _ = choose_run(tmp_path, "pretrain", name=name)
        finish(run, "pretrain")
    assert choose_run(tmp_path, "finetune", ["pretrain"])[0].path.name == "second"
    assert choose_run(tmp_path, "finetune", ["pretrain"], name="first")[0].path.name == "first"


def test_later_stages_say_what_they_need(tmp_path):
    with pytest.raises(RunError, match="there are no runs yet"):
        choose_run(tmp_path, "finetune", ["pretrain"])
    run, _, _ = choose_run(tmp_path, "pretrain")
    with pytest.raises(RunError, match="has no stage `pretrain`; run `python pretrain.py` first"):
        choose_run(tmp_path, "finetune", ["pretrain"])
    begin(run, "pretrain")
    with pytest.raises(RunError, match="`python pretrain.py --resume` goes on with it"):
        choose_run(tmp_path, "finetune", ["pretrain"])


def test_a_later_stage_resumes_only_what_was_killed(tmp_path):
    run = RunFolder.create(tmp_path)
    finish(run, "pretrain")
    assert not choose_run(tmp_path, "finetune", ["pretrain"], resume=True)[1]
    begin(run, "finetune")
    assert choose_run(tmp_path, "finetune", ["pretrain"], resume=True)[1]
    assert not choose_run(tmp_path, "finetune", ["pretrain"])[1]
    finish(run, "finetune")
    _, resumed, notes = choose_run(tmp_path, "finetune", ["pretrain"], resume=True)
    assert not resumed
    assert "nothing to resume" in notes[0]
