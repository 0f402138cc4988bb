"""What `copy_weights` did."""

import dataclasses
import io
import json
import math
from pathlib import Path

import rich.box
from rich.console import Console
from rich.table import Table

from keras_transfer.atomic_write import atomic_write


@dataclasses.dataclass(frozen=True)
class CopyReport:
    """What was moved from one model to another, and what was not and why.

    Attributes:
        moved: Dicts of `target` and `source` (names), `shape`, and `how`: "as it is", or how it was fitted.
        mismatched: Dicts of `target`, `source`, `target_shape`, `source_shape`, `reason`: the names agree, the shapes do not.
        missing: Dicts of `target` and `reason`: weights of the target that the source has none for.
        unused: Names of the source's weights that nothing of the target is named for.
        left_out: Names of the target's weights that were not asked for.
        parameters: Parameters that were moved.
        target_parameters: Parameters that the target has.
    """

    moved: tuple
    mismatched: tuple
    missing: tuple
    unused: tuple
    left_out: tuple
    parameters: int
    target_parameters: int

    @property
    def share(self):
        """Share of the target's parameters that were moved, from 0 to 1."""
        return self.parameters / max(1, self.target_parameters)

    def save(self, path):
        """Write it as JSON, atomically."""
        text = json.dumps({**dataclasses.asdict(self), "share": self.share}, indent=2) + "\n"
        atomic_write(path, text)

    @classmethod
    def load(cls, path):
        """Read what `save` wrote."""
        content = json.loads(Path(path).read_text(encoding="utf-8"))
        del content["share"]
        return cls(
            **{
                name: tuple(map(_as_made, value)) if isinstance(value, list) else value
                for name, value in content.items()
            }
        )

    def print(self, moved=False):
        """Print a table of what did not go as asked, and the sum; with `moved` also what did."""
        Console(highlight=False).print(self._table(moved), self._sum(), sep="\n", markup=False)

    def __str__(self):
        text = io.StringIO()
        Console(highlight=False, width=160, file=text).print(
            self._table(moved=True), self._sum(), sep="\n", markup=False
        )
        return text.getvalue()

    def _table(self, moved):
        table = Table("", "weight", "shape", "from", "remark", box=rich.box.SIMPLE_HEAD)
        for row in self.moved if moved else ():
            table.add_row("moved", row["target"], _shape(row["shape"]), row["source"], row["how"])
        for row in self.mismatched:
            source = f"{row['source']} {_shape(row['source_shape'])}"
            table.add_row("mismatched", row["target"], _shape(row["target_shape"]), source, row["reason"])
        for row in self.missing:
            table.add_row("missing", row["target"], "", "", row["reason"])
        for name in self.unused:
            table.add_row("unused", "", "", name, "")
        return table

    def _sum(self):
        parts = [
            f"{len(getattr(self, name))} {name.replace('_', ' ')}"
            for name in ("moved", "mismatched", "missing", "unused")
        ]
        left = f", {len(self.left_out)} not asked for" if self.left_out else ""
        return f"{', '.join(parts)}{left}: {self.share:.1%} of {self.target_parameters} parameters moved."


def parameters(shapes):
    """Numbers in weights of these shapes."""
    return sum(math.prod(shape) for shape in shapes)


def _shape(shape):
    return "x".join(map(str, shape)) or "scalar"


def _as_made(row):
    if isinstance(row, dict):
        return {key: tuple(value) if isinstance(value, list) else value for key, value in row.items()}
    return row
