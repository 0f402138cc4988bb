"""What `data.audit_table` found."""

import dataclasses

from keras_transfer.data.part_audit import indented


@dataclasses.dataclass(frozen=True)
class TableAudit:
    """What tables hold, and what is wrong with them.

    Attributes:
        rows: Rows that can be used.
        columns: Kind of each column by name: `"number"` or `"text"`.
        missing: Empty, NaN and infinite cells by column, where there are any.
        constant: Columns with one value throughout.
        odd: `(place, reason)`: cells that are no numbers in columns that are numbers otherwise.
        labels: Rows by label; empty without a label column.
        duplicates: `(first, again)`: places of rows that are equal but for their label.
        conflicts: Those of them whose labels differ.
        leaks: Those of them that are in two parts.
        unusable: `(place, reason)`: rows and files that cannot be read.
    """

    rows: int
    columns: dict
    missing: dict
    constant: tuple
    odd: tuple
    labels: dict
    duplicates: tuple
    conflicts: tuple
    leaks: tuple
    unusable: tuple

    @property
    def ok(self):
        """Whether all can be read, no figure will flatter and no label contradicts another."""
        return self.rows > 0 and not (self.conflicts or self.leaks or self.unusable or self.odd)

    def as_dict(self):
        """The findings as plain dicts and lists, for JSON."""
        return {"ok": self.ok, **dataclasses.asdict(self)}

    def __str__(self):
        numbers = sum(kind == "number" for kind in self.columns.values())
        lines = [f"{self.rows} rows of {len(self.columns)} columns, {numbers} of them numbers."]
        for title, counts in (("Labels", self.labels), ("Cells without a value", self.missing)):
            if counts:
                lines.append(f"{title}: {', '.join(f'{name} {count}' for name, count in counts.items())}.")
        if self.constant:
            lines.append(f"Columns with one value throughout: {', '.join(self.constant)}.")
        for title, pairs in (
            ("rows came before", self.duplicates),
            ("of them with another label", self.conflicts),
            ("of them in another part: figures on it will flatter", self.leaks),
        ):
            if pairs:
                lines += [f"{len(pairs)} {title}:", *indented(f"{again} is {first}" for first, again in pairs)]
        for title, pairs in (("cells are no numbers", self.odd), ("rows or files cannot be used", self.unusable)):
            if pairs:
                lines += [f"{len(pairs)} {title}:", *indented(map(" ".join, pairs))]
        return "\n".join([*lines, "Nothing to complain of." if self.ok else "See above for what to mend."])
