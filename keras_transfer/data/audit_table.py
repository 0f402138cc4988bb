"""Look through tables of numbers and categories before anything is trained on them."""

import collections
import csv
import hashlib
import math

from keras_transfer.data.table_audit import TableAudit

_HELD_OUT = ("validation", "test")
_ODD = 0.1  # a column with fewer cells that are no numbers than this share is a column of numbers with mistakes
_SHOWN = 80


def audit_table(path, label="label", *, progress=None):
    """Go through a CSV, or several that belong together, and name all that is wrong.

    Cells that are empty, `nan` or `inf` are counted as missing. A column in which less than a tenth of the cells are no
    numbers is taken for a column of numbers, and those cells are named.

    Args:
        path: A `.csv` with a header, or a dict of such by part: `{"labelled": "a.csv", "test": "b.csv"}`.
        label: Name of the column that holds the class; it may be absent.
        progress: Function called with `(done, total)` files, or None.

    Returns:
        A `TableAudit`; `print` it, or take `ok` and `as_dict()`.

    Raises:
        FileNotFoundError: if there is nothing at a path. What is wrong with a table is in the report.

    Example:
        >>> print(keras_transfer.data.audit_table("patients.csv"))
    """
    parts = path if isinstance(path, dict) else {None: path}
    count = _Count(label)
    for done, (part, place) in enumerate(parts.items()):
        _read(place, part, count)
        if progress is not None:
            progress(done + 1, len(parts))
    return count.result()


def _read(path, part, count):
    begins = 1
    try:
        with open(path, encoding="utf-8-sig", newline="") as file:
            rows = csv.reader(file, strict=True)
            header = [name.strip() for name in next(rows, [])]
            if not count.begin(path, header):
                return
            while True:
                begins = rows.line_num + 1
                row = next(rows, None)
                if row is None:
                    return
                if row:
                    count.add(f"{path}:{begins}", part, header, row)
    except FileNotFoundError:
        raise FileNotFoundError(f"There is no table at {path}") from None
    except OSError as error:
        count.unusable.append((str(path), f"cannot be read ({error.strerror})"))
    except UnicodeDecodeError:
        count.unusable.append((f"{path}:{begins}", "or a line soon after is not valid UTF-8; the rest was not read"))
    except csv.Error as error:
        count.unusable.append((f"{path}:{begins}", f"is not valid CSV ({error}); the rest was not read"))


class _Count:
    """What has been seen so far."""

    def __init__(self, label):
        self.label, self.header, self.rows = label, None, 0
        self.cells = collections.defaultdict(collections.Counter)  # column -> kind of cell -> count
        self.odd = collections.defaultdict(list)  # column -> cells that are no numbers
        self.values = {}  # column -> the one value so far, or None once there were two
        self.labels, self.first_of = collections.Counter(), {}
        self.duplicates, self.conflicts, self.leaks, self.unusable = [], [], [], []

    def begin(self, path, header):
        """Whether a table with this header can be read beside those before."""
        problem = None
        twice = [name for name, times in collections.Counter(header).items() if times > 1]
        if not header or "" in header:
            problem = "must name every column"
        elif twice:
            problem = f"names the column {twice[0]!r} twice"
        elif self.header is not None and set(header) - {self.label} != set(self.header) - {self.label}:
            other = sorted((set(header) ^ set(self.header)) - {self.label})
            problem = f"has other columns than the first table; they differ in {', '.join(other)}"
        if problem is not None:
            self.unusable.append((f"{path}:1", problem))
            return False
        self.header = self.header or header
        return True

    def add(self, where, part, header, row):
        if len(row) != len(header):
            self.unusable.append((where, f"has {len(row)} fields, the header {len(header)}"))
            return
        self.rows += 1
        cells = {name: cell.strip() for name, cell in zip(header, row, strict=True)}
        label = cells.pop(self.label, None) or None
        if label is not None:
            self.labels[label] += 1
        for name, cell in cells.items():
            kind = _kind(cell)
            self.cells[name][kind] += 1
            if kind == "text" and len(self.odd[name]) <= self.rows * _ODD + 1:
                self.odd[name].append((where, f"{name} = {cell[:_SHOWN]!r}"))
            if self.values.setdefault(name, cell) != cell:
                self.values[name] = None
        text = "\0".join(cells[name] for name in sorted(cells))
        self._compare(hashlib.blake2b(text.encode(), digest_size=16).digest(), where, label, part)

    def _compare(self, mark, where, label, part):
        first, first_label, first_part = self.first_of.setdefault(mark, (where, label, part))
        if first == where:
            return
        self.duplicates.append((first, where))
        if first_label != label and None not in (first_label, label):
            self.conflicts.append((first, where))
        if first_part != part and (first_part in _HELD_OUT or part in _HELD_OUT):
            self.leaks.append((first, where))

    def result(self):
        columns, odd = {}, []
        for name, kinds in self.cells.items():
            mostly = kinds["number"] and kinds["text"] < _ODD * (kinds["number"] + kinds["text"])
            columns[name] = "number" if mostly else "text"
            odd += self.odd[name] if mostly else []
        return TableAudit(
            rows=self.rows,
            columns=columns,
            missing={name: kinds["missing"] for name, kinds in self.cells.items() if kinds["missing"]},
            constant=tuple(name for name, value in self.values.items() if value is not None and self.rows > 1),
            odd=tuple(odd),
            labels=dict(self.labels.most_common()),
            duplicates=tuple(self.duplicates),
            conflicts=tuple(self.conflicts),
            leaks=tuple(self.leaks),
            unusable=tuple(self.unusable),
        )


def _kind(cell):
    try:
        return "number" if math.isfinite(float(cell)) else "missing"
    except ValueError:
        return "text" if cell and cell.lower() not in ("na", "n/a", "null", "none", "?") else "missing"
