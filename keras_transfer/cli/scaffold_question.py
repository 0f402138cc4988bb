"""One question of a template."""

import dataclasses
import re

from keras_transfer.cli.refused import Refused
from keras_transfer.cli.scaffold_names import did_you_mean, shown

TYPES = ("choice", "str", "int", "float", "bool")
# An answer goes into Python, YAML and Makefiles alike: by default nothing that means something in any of them.
_PLAIN = r"[\w.,/@+()][\w .,/@+()-]{0,199}"
_BOOLS = {"true": True, "yes": True, "y": True, "false": False, "no": False, "n": False}


@dataclasses.dataclass(frozen=True)
class Question:
    """One question of a template, as `template.yaml` describes it.

    Args:
        name: The answer's name in templates, and in `--answer name=value`.
        prompt: What is asked on a terminal.
        type: `choice`, `str`, `int`, `float` or `bool`.
        choices: For a choice: from value to explanation.
        default: Taken where nobody is asked.
        help: One sentence more.
        pattern: For `str`: regular expression of what is allowed.
    """

    name: str
    prompt: str
    type: str = "str"
    choices: dict = dataclasses.field(default_factory=dict)
    default: object = ""
    help: str = ""
    pattern: str = _PLAIN

    def parse(self, text):
        """The value of an answer that was typed.

        Raises:
            Refused: if it is not one this question takes.
        """
        text = str(text)
        if self.type == "choice":
            if text in self.choices:
                return text
            raise Refused(f"{self.name}: {shown(text)} is not a choice{did_you_mean(text, self.choices)}")
        if self.type == "str":
            if text == self.default or (re.fullmatch(self.pattern, text) and ".." not in text and text[0] != "/"):
                return text
            raise Refused(f"{self.name}: {shown(text)} holds what may not stand in an answer (expected {self.pattern})")
        if self.type == "bool":
            if text.lower() in _BOOLS:
                return _BOOLS[text.lower()]
            raise Refused(f"{self.name}: expected yes or no. Received: {shown(text)}")
        try:
            return {"int": int, "float": float}[self.type](text)
        except ValueError as error:
            raise Refused(f"{self.name}: expected {self.type}. Received: {shown(text)}") from error
