"""Which run folder a stage works in."""

from pathlib import Path

from keras_transfer.project.run_error import RunError
from keras_transfer.project.run_folder import RunFolder, run_path


def choose_run(base, stage, requires=(), name=None, resume=False):
    """Open the run folder a stage works in, or make it.

    A stage that requires no other begins a run: in a new folder, or, with `resume`, in the newest one if it was killed
    there. A stage that requires others works in the newest run, or in the one that is named.

    Args:
        base: Folder of the runs.
        stage: Name of the stage.
        requires: Stages that must be finished.
        name: Name or path of a run; by default the newest.
        resume: Whether to go on with what was killed.

    Returns:
        The `RunFolder`, whether the stage resumes, and a list of notes for the user.

    Raises:
        RunError: if there is no such run, or it is not in the state it must be in.
    """
    if requires:
        run = RunFolder.open(base, name)
        for needed in requires:
            _require(run, needed)
        resumed = resume and stage in run.stages and not run.is_finished(stage)
        return run, resumed, [] if resumed or not resume else [_nothing(run, stage)]
    path = run_path(base, name)
    exists = path is not None and path.is_dir()
    begun = exists and stage in RunFolder(path).stages
    if begun and resume and not RunFolder(path).is_finished(stage):
        return RunFolder.open(base, name), True, []
    notes = []
    if begun and not RunFolder(path).is_finished(stage):
        if name:
            raise RunError(
                f"{path}: its stage `{stage}` has begun and is not finished; add --resume, or choose another name"
            )
        notes.append(f"{path} was not finished; --resume would go on with it")
    elif resume and not name:
        notes.append(_nothing(path, stage) if exists else "there is nothing to resume: a new run begins")
    if name:
        return RunFolder.create(Path(path).parent, Path(path).name), False, notes
    return RunFolder.create(base), False, notes


def _nothing(run, stage):
    return f"there is nothing to resume: the stage `{stage}` of {getattr(run, 'path', run)} is not waiting to go on"


def _require(run, stage):
    if run.is_finished(stage):
        return
    if stage in run.stages:
        raise RunError(f"{run.path}: its stage `{stage}` is not finished; `python {stage}.py --resume` goes on with it")
    raise RunError(f"{run.path}: has no stage `{stage}`; run `python {stage}.py` first, or name another run with --run")
