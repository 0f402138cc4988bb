"""The rows of a CSV, each with its place, or what is wrong with the table."""

import csv


def table_rows(path, required, optional=(), name="the table"):
    """Read a CSV with a header, column names in any case.

    Args:
        path: The file.
        required: Names of columns that must be there and hold something in every row.
        optional: Names of columns that may be missing, or empty.
        name: What to call the table in errors.

    Yields:
        A dict from column to text, and `file:line`.

    Raises:
        ValueError: with the line, if the table is not such a table.
    """
    try:
        with open(path, encoding="utf-8-sig", newline="") as file:
            reader = csv.DictReader(file, strict=True)
            columns = _columns(reader.fieldnames, required, optional, name)
            for row in reader:
                line = f"{path}:{reader.line_num}"
                yield _row(row, columns, required, line), line
    except UnicodeDecodeError as error:
        raise ValueError(
            f"{name}: {path} is not UTF-8 text ({error.reason} at byte {error.start}). Save it as UTF-8."
        ) from error
    except csv.Error as error:
        raise ValueError(f"{path}:{reader.line_num}: not a CSV table ({error}).") from error


def _columns(header, required, optional, name):
    found = {(column or "").strip().lower(): column for column in header or ()}
    missing = [column for column in required if column not in found]
    if missing:
        raise ValueError(
            f"{name} lacks the column {missing[0]!r} in its first line. Received columns: {list(header or ())}; "
            f"expected: {', '.join(required)}."
        )
    return {column: found[column] for column in (*required, *optional) if column in found}


def _row(row, columns, required, line):
    if None in row:
        raise ValueError(f"{line}: more values than columns. Put values that hold a comma in quotes.")
    values = {column: (row[title] or "").strip() for column, title in columns.items()}
    for column, value in values.items():
        if not value and column in required:
            raise ValueError(f"{line}: no value in the column {column!r}.")
        if "\0" in value:
            raise ValueError(f"{line}: a NUL byte in the column {column!r}.")
    return values
