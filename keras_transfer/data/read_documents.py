"""Texts from files, one after the other."""

import csv
import gzip
import json
import zlib
from pathlib import Path

from keras_transfer.data.document import Document
from keras_transfer.data.unusable import unusable

ENDINGS = (".txt", ".csv", ".jsonl")
_LONGEST_FIELD = 1 << 30
_LONGEST_LINE = 1 << 26  # bytes; a gzip file of some kilobytes can hold a line of gigabytes


def read_documents(path, per="line", bad=None):
    """Read a corpus, document by document; nothing but the current file's line is held.

    - `.txt`: one document a line, or one a file.
    - `.csv`, with a header: the column `text`; where they exist `label`, empty where unlabelled, `split`, and `text_2`, the
      second text of a pair.
    - `.jsonl`: one object a line with the same keys.
    - a folder: all such files in it and below, in the order of their names. With `per="file"`, the folder that a `.txt` lies
      in, below the one named, is its label.

    Each may be packed with gzip (`.txt.gz`). Texts must be UTF-8; documents that are empty or white space are passed over.

    Args:
        path: File or folder.
        per: `"line"` or `"file"`: what is one document in a `.txt`.
        bad: A list to which `(place, reason)` of every unusable file and line is appended, which are then left out. None: the
            first is an error.

    Yields:
        `Document`.

    Raises:
        ValueError: naming file and line: invalid UTF-8, a missing column, a broken line, a damaged gzip file, an unknown ending;
            or a folder without any such file.
        FileNotFoundError: if there is nothing at `path`.

    Example:
        >>> texts = [document.text for document in keras_transfer.data.read_documents("corpus/")]
    """
    if per not in ("line", "file"):
        raise ValueError(f'`per` must be "line" or "file". Received: per={per!r}')
    for file, label in list_document_files(path):
        yield from read_document_file(file, per, label, bad)


def list_document_files(path):
    """`(file, folder's name or None)` of every file that `read_documents` reads; raises as that does."""
    path = Path(path)
    files = files_at(path, "texts", kind_of, f"Readable: {_endings()}")
    if files == [path]:
        if kind_of(path) is None:
            raise ValueError(f"{path} has an ending that is not read. Readable: {_endings()}")
        return [(path, None)]
    return [(file, file.parent.name if file.parent != path else None) for file in files]


def files_at(path, what, is_read, hint):
    """A file, whatever it is, or all files of a folder and below that are read.

    Args:
        path: The file or folder.
        what: What it should hold, for errors.
        is_read: Function of a file's path.
        hint: A sentence for who has a folder without such files.
    """
    if not path.exists():
        raise FileNotFoundError(f"There is no file or folder of {what} at {path}")
    if not path.is_dir():
        return [path]
    files = [file for file in sorted(path.rglob("*")) if file.is_file() and is_read(file)]
    if not files:
        raise ValueError(f"The folder {path} holds no {what}. {hint}")
    return files


def _endings():
    return ", ".join(f"{ending} and {ending}.gz" for ending in ENDINGS)


def kind_of(path):
    """The ending that says how a file is read, without `.gz`; None if it is not read."""
    ending = path.with_suffix("").suffix if path.suffix.lower() == ".gz" else path.suffix
    return ending.lower() if ending.lower() in ENDINGS else None


def read_document_file(path, per, folder, bad=None):
    """The documents of one file, as `read_documents` yields them; `folder` is a label by place."""
    if kind_of(path) == ".txt" and per == "file":
        lines = [line for _, line in lines_of(path, bad)]
        documents = [] if None in lines else [Document("".join(lines).strip(), str(path), folder)]
    else:
        documents = {".txt": _lines, ".csv": _csv, ".jsonl": _jsonl}[kind_of(path)](path, bad)
    yield from (document for document in documents if document.text)


def lines_of(path, bad=None):
    """Line numbers from 1 with decoded lines, their ends kept; None for an unusable line, or for the rest of a damaged file."""
    with gzip.open(path, "rb") if path.suffix.lower() == ".gz" else path.open("rb") as file:
        number = 0
        while True:
            try:
                raw = file.readline(_LONGEST_LINE + 1)
            except (EOFError, OSError, zlib.error) as error:
                unusable(bad, path, f"is damaged after line {number}: {error}", error)
                yield number + 1, None
                return
            if not raw:
                return
            number += 1
            if len(raw) > _LONGEST_LINE:
                unusable(
                    bad, f"{path}:{number}", f"is longer than {_LONGEST_LINE:,} bytes. Break it up, or leave it out."
                )
                yield number, None
                return  # the rest of such a file may be anything
            try:
                line = raw.decode("utf-8")
            except UnicodeDecodeError as error:
                reason = (
                    f"is not valid UTF-8: byte 0x{raw[error.start]:02x} at place {error.start + 1} of the line. Convert the "
                    "file (from Latin-1, say: iconv -f LATIN1 -t UTF-8), or mend the line."
                )
                unusable(bad, f"{path}:{number}", reason)
                yield number, None
                continue
            # Editors on Windows begin a file with a byte order mark.
            yield number, line.removeprefix("\ufeff") if number == 1 else line


def _lines(path, bad):
    for number, line in lines_of(path, bad):
        if line is not None:
            yield Document(line.strip(), f"{path}:{number}")


def _csv(path, bad):
    csv.field_size_limit(max(csv.field_size_limit(), _LONGEST_FIELD))
    lines, number, header = lines_of(path, bad), 0, None

    def readable():
        nonlocal number
        for number, line in lines:  # noqa: B007, for the places of records
            if line is not None:
                yield line

    rows = csv.reader(readable(), strict=True)
    while True:
        begins = number + 1
        try:
            row = next(rows, None)
        except csv.Error as error:
            unusable(bad, f"{path}:{begins}", f"is not valid CSV: {error}", error)
            continue
        if row is None:
            return
        if header is None:
            header = [name.strip() for name in row]
            if "text" not in header:
                unusable(bad, f"{path}:1", f"must name a column `text`. Received: {', '.join(header)}")
                return
        elif row:
            if len(row) != len(header):
                unusable(bad, f"{path}:{begins}", f"has {len(row)} fields, the header {len(header)}. Quote commas.")
                continue
            yield _document(dict(zip(header, row, strict=True)), f"{path}:{begins}")


def json_lines(path, bad):
    """Place, beginning and value of each line of JSON."""
    for number, line in lines_of(path, bad):
        if line is None or not line.strip():
            continue
        where = f"{path}:{number}"
        try:
            record = json.loads(line)
        except (ValueError, RecursionError) as error:  # nested too deeply, numbers of thousands of digits
            unusable(bad, where, f"is not valid JSON: {error}", error)
            continue
        yield where, line.strip()[:80], record


def _jsonl(path, bad):
    for where, begins, record in json_lines(path, bad):
        if not isinstance(record, dict) or not isinstance(record.get("text"), str):
            unusable(bad, where, f"must be an object with a string `text`. Received: {begins}")
            continue
        yield _document(record, where)


def _document(record, where):
    more = (record.get(key) for key in ("label", "split", "text_2"))
    return Document(
        record["text"].strip(), where, *(None if value is None else str(value).strip() or None for value in more)
    )
