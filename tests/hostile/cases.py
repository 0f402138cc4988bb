"""All bad inputs, by kind and name."""

import importlib

_KINDS = ("models", "images", "arrays", "tables", "configs", "commands", "checkpoints")


def all_cases():
    """`{(kind, name): (prepare, says)}`, as `judge` takes them."""
    return {
        (kind, name): case
        for kind in _KINDS
        for name, case in importlib.import_module(f"tests.hostile.{kind}").CASES.items()
    }
