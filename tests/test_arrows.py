"""The house: packages import only packages written above them, and every file is named for what it holds."""

import ast
import pathlib
import re

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[1] / "keras_transfer"
ORDER = [
    "distribution",
    "losses",
    "layers",
    "encoders",
    "metrics",
    "optimizers",
    "data",
    "objectives",
    "generation",
    "transfer",
    "callbacks",
    "finetuning",
    "adaptation",
    "evaluation",
    "export",
    "project",
    "cli",
]


# Longer files hold more than one thing.
LONGEST = 400

# Small results that live with the function that returns them.
HELD_WITH_ANOTHER = {"Budget"}


def imported_packages(path):
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}:{node.lineno}: relative import"
            names = (
                [node.module] if node.module != "keras_transfer" else [f"keras_transfer.{a.name}" for a in node.names]
            )
        elif isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        else:
            continue
        for name in names:
            parts = name.split(".")
            if parts[0] == "keras_transfer" and len(parts) > 1:
                yield node.lineno, parts[1]


def backward_arrows(root, order):
    for path in sorted(root.rglob("*.py")):
        here = path.relative_to(root).parts[0]
        if here not in order:
            continue
        for line, package in imported_packages(path):
            if package in order and order.index(package) > order.index(here):
                yield f"{path.relative_to(root)}:{line}: {here} imports {package}"


def test_every_package_has_its_place():
    packages = {path.parent.name for path in ROOT.glob("*/__init__.py")}
    assert packages == set(ORDER)


def test_arrows_run_one_way():
    assert list(backward_arrows(ROOT, ORDER)) == []


def test_a_backward_arrow_is_found(tmp_path):
    (tmp_path / "losses").mkdir()
    (tmp_path / "losses" / "bad.py").write_text("from keras_transfer.callbacks.resume import Resume\n")
    assert list(backward_arrows(tmp_path, ORDER)) == ["losses/bad.py:1: losses imports callbacks"]


@pytest.mark.parametrize("package", [name for name in ORDER if name != "cli"])
def test_public_names_are_reachable_and_files_are_named_for_them(package):
    import importlib

    module = importlib.import_module(f"keras_transfer.{package}")
    for name in module.__all__:
        thing = getattr(module, name)
        assert thing.__doc__, f"{package}.{name} has no docstring"
        if isinstance(thing, type) and thing.__module__.startswith(f"keras_transfer.{package}."):
            file = thing.__module__.rpartition(".")[2]
            # Underscores aside: NTXent lives in nt_xent.py, SimCLR in simclr.py.
            assert re.sub("_", "", file) == name.lower() or name in HELD_WITH_ANOTHER, (
                f"{package}.{name} is in {file}.py"
            )


def test_files_stay_short():
    long = [
        f"{path}: {n}"
        for path in ROOT.rglob("*.py")
        if (n := len(path.read_text(encoding="utf-8").splitlines())) > LONGEST
    ]
    assert long == []
