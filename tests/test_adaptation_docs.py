"""What docs/adaptation.md tells people to type works."""

import pathlib
import re

import numpy as np
import pytest

DOCS = pathlib.Path(__file__).resolve().parents[1] / "docs" / "adaptation.md"


@pytest.mark.slow
def test_the_lines_of_python_run(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    generator = np.random.default_rng(0)
    parts = ("source", "target", "target_test", "labelled", "unlabelled")
    samples = {f"x_{part}": generator.random((10, 8, 8, 1), np.float32) for part in parts}
    labels = {f"y_{part}": np.arange(10) for part in ("source", "target_test", "labelled")}
    code = "\n".join(re.findall(r"```python\n(.*?)```", DOCS.read_text(encoding="utf-8"), flags=re.DOTALL))
    for long, short in (
        ("epochs=20", "epochs=1"),
        ("20 * len", "1 * len"),
        ("(28, 28, 1))", "(8, 8, 1), width=2)"),
        ("(28, 28, 1)", "(8, 8, 1)"),
        (", 64", ", 4"),
        ("batch_size=32", "batch_size=4"),
        ("batch_size=64", "batch_size=4"),
    ):
        assert long in code
        code = code.replace(long, short)
    exec(code, {**samples, **labels})
    assert (tmp_path / "adapted.keras").exists()
