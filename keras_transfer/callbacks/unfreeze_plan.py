"""When the groups of `GradualUnfreeze` start to train, as epochs, steps or a plateau; and its YAML form."""

import math

import yaml

_TOP = {"groups", "monitor", "patience", "min_delta", "mode", "rate_decay", "freeze_batch_norm"}
_GROUP = {"layers", "from_epoch", "from_step", "rate"}
_HEADER = """\
# Which layers train from when, the head first. A group trains from its epoch or step on, each counted from 0; one without
# `from_epoch` or `from_step` never does, except where a `monitor` decides. `rate` multiplies the learning rate.
"""


def check_times(name, times):
    """Return a list of starts as ints.

    Raises:
        ValueError: if they are negative or go back.
    """
    values = [int(time) for time in times]
    if values != list(times) or any(value < 0 for value in values) or values != sorted(values):
        raise ValueError(
            f"`{name}` must be whole numbers >= 0 that do not decrease: when the second group starts, the third, and so on. "
            f"Received: {name}={list(times)}"
        )
    return values


class Plateau:
    """Waits for a metric to stop improving."""

    def __init__(self, monitor, patience, min_delta, mode):
        if mode not in ("auto", "min", "max"):
            raise ValueError(f'`mode` must be "auto", "min" or "max". Received: mode={mode!r}')
        if patience < 1:
            raise ValueError(f"`patience` must be >= 1 epochs. Received: patience={patience}")
        higher = monitor.endswith(("acc", "accuracy", "auc", "f1", "precision", "recall", "iou"))
        self.monitor, self.patience, self.min_delta, self.mode = monitor, patience, abs(min_delta), mode
        self.sign = 1 if mode == "max" or (mode == "auto" and higher) else -1
        self.restart()

    def restart(self):
        """Forget the best value: what comes after a change is compared with what follows it."""
        self.best, self.wait = None, 0

    def see(self, value):
        """Take an epoch's value into account; a NaN is no improvement."""
        if not math.isnan(value) and (self.best is None or self.sign * (value - self.best) > self.min_delta):
            self.best, self.wait = float(value), 0
        else:
            self.wait += 1

    @property
    def reached(self):
        """Whether the metric has not improved for `patience` epochs."""
        return self.wait >= self.patience


def read_plan(path):
    """Read the arguments of `GradualUnfreeze` from a YAML file that `write_plan` or a person wrote.

    Raises:
        ValueError: names the file and what is wrong in it.
    """
    with open(path, encoding="utf-8") as file:
        content = yaml.safe_load(file)
    if not isinstance(content, dict) or not isinstance(content.get("groups"), list) or not content["groups"]:
        raise ValueError(f"{path}: `groups` must be a list with at least one group.")
    _refuse_unknown(path, "", content, _TOP)
    groups = content["groups"]
    for index, group in enumerate(groups):
        if not isinstance(group, dict) or not group.get("layers"):
            raise ValueError(f"{path}: group {index} must have `layers`. Received: {group}")
        _refuse_unknown(path, f"group {index}: ", group, _GROUP)
    arguments = {key: value for key, value in content.items() if key != "groups"}
    arguments["groups"] = [[g["layers"]] if isinstance(g["layers"], str) else list(g["layers"]) for g in groups]
    rated = ["rate" in group for group in groups]
    if any(rated):
        if not all(rated):
            raise ValueError(f"{path}: give every group a `rate`, or none. Missing in group {rated.index(False)}.")
        arguments["rates"] = [float(group["rate"]) for group in groups]
    return arguments | _read_times(path, groups, "monitor" in content)


def _read_times(path, groups, watched):
    for key, argument in (("from_epoch", "at"), ("from_step", "at_steps")):
        given = [group.get(key) for group in groups[1:]]
        if any(time is not None for time in given):
            if watched or any(group.get("from_step") is not None for group in groups) != (key == "from_step"):
                raise ValueError(f"{path}: use one of `from_epoch`, `from_step` and `monitor`.")
            timed = [time for time in given if time is not None]
            if given[: len(timed)] != timed:
                raise ValueError(f"{path}: group {1 + given.index(None)} has no `{key}`, and a group after it has.")
            return {argument: timed}
    return {} if watched else {"at": []}


def _refuse_unknown(path, where, mapping, known):
    unknown = sorted(set(mapping) - known)
    if unknown:
        raise ValueError(f"{path}: {where}unknown keys {unknown}. Known are {sorted(known)}.")


def write_plan(groups, multipliers, freeze_batch_norm, at=None, at_steps=None, plateau=None):
    """Return the YAML of a schedule.

    Args:
        groups: Lists of names.
        multipliers: One for each group, or None.
        freeze_batch_norm: As in `GradualUnfreeze`.
        at: Starts in epochs.
        at_steps: Starts in steps.
        plateau: A `Plateau`.
    """
    content = {"freeze_batch_norm": freeze_batch_norm}
    if plateau is not None:
        content |= {name: getattr(plateau, name) for name in ("monitor", "patience", "min_delta", "mode")}
    if multipliers is None:
        content["rate_decay"] = None
    key, times = ("from_epoch", at) if at_steps is None else ("from_step", at_steps)
    content["groups"] = []
    for index, names in enumerate(groups):
        group = {}
        if plateau is None and index <= len(times):
            group[key] = [0, *times][index]
        if multipliers is not None:
            group["rate"] = round(float(multipliers[index]), 6)
        content["groups"].append(group | {"layers": names})
    return _HEADER + yaml.safe_dump(content, sort_keys=False, default_flow_style=None, width=120)
