"""What docs/adaptation.md tells people to type works."""

import os
import pathlib
import re
import subprocess
import sys

import numpy as np
import pytest

ROOT = pathlib.Path(__file__).resolve().parents[1]
DOCS = ROOT / "docs" / "adaptation.md"


@pytest.mark.slow
def test_the_lines_of_python_run(tmp_path):
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
    np.savez(tmp_path / "arrays.npz", **samples, **labels)
    # A process of its own: in one that had run hundreds of tests before, these lines have been seen to stand still.
    script = 'import numpy as np\nglobals().update(np.load("arrays.npz"))\n' + code
    subprocess.run(
        [sys.executable, "-c", script],
        cwd=tmp_path,
        check=True,
        timeout=300,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )
    assert (tmp_path / "adapted.keras").exists()
