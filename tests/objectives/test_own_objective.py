"""The example in the docs runs, learns, and keeps the contract of objectives."""

import pathlib
import re

import numpy as np
import pytest
from sklearn.datasets import load_digits

from tests.objectives.objective_case import ObjectiveCase

TEXT = (pathlib.Path(__file__).resolve().parents[2] / "docs" / "own_objective.md").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def example():
    images = (load_digits().images[..., None] / 16).astype(np.float32)
    names = {"images": images[:640], "epochs": 6, "__name__": "example"}
    (code,) = re.findall(r"```python\n(.*?)```", TEXT, flags=re.DOTALL)
    exec(code, names)
    return names


def test_it_learns_to_tell_turns(example):
    assert example["history"].history["loss"][-1] < 0.75 * np.log(4)


class TestRotation(ObjectiveCase):
    learning_steps = 60

    @pytest.fixture(autouse=True)
    def of_the_docs(self, example):
        self.objective = example["Rotation"]

    def make(self):
        return self.objective(self.encoder())

    def inputs(self, samples, seed=0):
        return (self.images(samples, seed),)
