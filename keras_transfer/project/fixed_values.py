"""What an earlier stage of a run has settled for the later ones."""

import yaml

from keras_transfer.atomic_write import atomic_write
from keras_transfer.project.config import Config
from keras_transfer.project.config_reader import fields_of
from keras_transfer.project.run_error import RunError

SNAPSHOT = "config.yaml"


def with_fixed_values(config, schema, run, stage, resumed):
    """The config as a stage of this run must see it.

    A network is pretrained with one width and fine-tuned with the same: fields with `fixed_by="pretrain"` keep, in later
    stages, the value that the run was pretrained with. All others are read afresh in each stage.

    Args:
        config: What the file and `--set` say now.
        schema: The schema it was read with.
        run: The `RunFolder`, whose `config.yaml` says what held before.
        stage: Name of the stage about to run.
        resumed: Whether that stage goes on from where it was killed.

    Returns:
        The config, and a list of notes: which values were kept although the file says otherwise.

    Raises:
        RunError: if `--set` contradicts a fixed value, or a resumed stage is asked to go on with another value.
    """
    before, stages = _snapshot(run), run.stages
    now = config.flat()
    kept, notes, problems = {}, [], []
    for key, field in fields_of(schema).items():
        if field.fixed_by not in stages or key not in before or before[key] == now[key]:
            continue
        was, place = before[key], config.where(key)
        if field.fixed_by == stage:
            if resumed and not field.free_on_resume:
                problems.append(f"`{key}` was {was} when {run.path} began, and is now {now[key]} ({place})")
        elif place.startswith("--set"):
            problems.append(f"{place}: {run.path} has {key}={was} since its stage `{field.fixed_by}`")
        else:
            kept[key] = was
            notes.append(f"{key}={was}, as in the stage `{field.fixed_by}` of {run.path}; {place} says {now[key]}")
    if problems:
        raise RunError("\n".join([*problems, "leave it as it was, or start a new run"]))
    return config.replace(kept, origin=str(run / SNAPSHOT)), notes


def save_snapshot(config, run):
    """Keep the config in the run folder."""
    atomic_write(run / SNAPSHOT, config.to_yaml())


def _snapshot(run):
    path = run / SNAPSHOT
    try:
        values = yaml.safe_load(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise RunError(f"{path}: damaged ({error}); start a new run") from error
    return Config(values).flat() if isinstance(values, dict) else {}
