"""One value of a config: its type, default and limits."""

import dataclasses
import math
import typing
from pathlib import Path

REQUIRED = object()
_TYPES = (bool, int, float, str, Path)


@dataclasses.dataclass(frozen=True)
class Field:
    """One value of a config: its type, default and limits. A schema is a nested `dict` whose leaves are fields.

    Example:

        schema = {
            "model": {
                "width": Field(int, 32, minimum=1, help="Channels of the first stage."),
                "activation": Field(str, "relu", choices=("relu", "gelu")),
                "weights": Field(Path, None, help="A file to start from; leave out to start from random weights."),
            }
        }

    Args:
        type: `bool`, `int`, `float`, `str`, `pathlib.Path`, or `list[...]` of one of them. A `Path` is text that is resolved
            against the folder of the config file and handed over as `str`; a list is handed over as a `tuple`.
        default: Value taken when the key is left out; without it the key is required. With the default `None` the key may
            be `null`.
        choices: The values allowed: a sequence, or a `dict` from value to a short explanation (for prompts and docs).
        minimum: Smallest value allowed (of each element, for a list).
        maximum: Largest value allowed.
        above: The value must be greater than this one.
        below: The value must be smaller than this one.
        help: One sentence for the reader of a config.
        fixed_by: Name of the stage that fixes the value for its run: later stages of that run keep it (see `run_stage`).
        free_on_resume: Whether a resumed stage may go on with another value, although `fixed_by` names the stage.

    Raises:
        TypeError: if `type` is none of those above.
        ValueError: if `default` is against the field's own limits.
    """

    type: type
    default: object = REQUIRED
    choices: object = ()
    minimum: float | None = None
    maximum: float | None = None
    above: float | None = None
    below: float | None = None
    help: str = ""
    fixed_by: str | None = None
    free_on_resume: bool = False

    def __post_init__(self):
        if self.element_type not in _TYPES:
            names = ", ".join(kind.__name__ for kind in _TYPES)
            raise TypeError(f"`type` must be one of {names}, or a list of one. Received: {self.type}")
        if self.default is not REQUIRED and self.default is not None:
            problem = self.problem(self.default)
            if problem:
                raise ValueError(f"`default` {problem}")

    @property
    def is_list(self):
        """Whether values are lists."""
        return typing.get_origin(self.type) is list

    @property
    def element_type(self):
        """The type of a value, or of a list's elements."""
        return typing.get_args(self.type)[0] if self.is_list else self.type

    @property
    def expected(self):
        """The type in words."""
        words = {bool: "true or false", int: "a whole number", float: "a number", str: "text", Path: "a path"}
        name = words[self.element_type]
        return f"a list of values, each {name}" if self.is_list else name

    def problem(self, value):
        """What is wrong with a value of the right type, as the end of a sentence; `None` if nothing."""
        if self.is_list:
            return next((problem for problem in map(self._element_problem, value) if problem), None)
        return self._element_problem(value)

    def _element_problem(self, value):
        received = f"Received: {value}"
        if isinstance(value, float) and not math.isfinite(value):
            return f"must be finite. {received}"
        if self.choices and value not in self.choices:
            return f"must be one of {', '.join(map(str, self.choices))}. {received}"
        limits = (
            (self.minimum, ">=", lambda limit: value >= limit),
            (self.maximum, "<=", lambda limit: value <= limit),
            (self.above, ">", lambda limit: value > limit),
            (self.below, "<", lambda limit: value < limit),
        )
        broken = [f"{sign} {limit}" for limit, sign, holds in limits if limit is not None and not holds(limit)]
        return f"must be {' and '.join(broken)}. {received}" if broken else None
