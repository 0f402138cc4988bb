"""The contract cases of all objectives, and of all models of adaptation, for tests that go through them all."""

import importlib
import pathlib

from tests.objectives.objective_case import ObjectiveCase

# The first goes through them all itself, the second is an example of the docs.
_OTHERS = ("test_fresh_process", "test_own_objective")


def all_cases(package="objectives"):
    """`{name: case}`, one or more for every objective, or model of another package, that keeps the contract."""
    found = {}
    for path in sorted((pathlib.Path(__file__).parents[1] / package).glob("test_*.py")):
        if path.stem not in _OTHERS:
            module = importlib.import_module(f"tests.{package}.{path.stem}")
            for name, case in vars(module).items():
                if name.startswith("Test") and case.__module__ == module.__name__ and issubclass(case, ObjectiveCase):
                    found[name.removeprefix("Test")] = case
    return found
