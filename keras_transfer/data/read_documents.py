"""Texts from files, one after the other."""

import csv
import gzip
import json
import zlib
from pathlib import Path

from keras_transfer.data.document import Document

ENDINGS = (".txt", ".csv", ".jsonl")
_LONGEST_FIELD = 1 << 30
_LONGEST_LINE = 1 << 26  # bytes; a gzip file of some kilobytes can hold a line of gigabytes


def read_documents(path, per="line"):
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
        yield from read_document_file(file, per, label)


def list_document_files(path):
    """`(file, folder's name or None)` of every file that `read_documents` reads; raises as that does."""
    path = Path(path)
    if not path.exists():
        raise FileNotFoundError(f"There is no file or folder of texts at {path}")
    if not path.is_dir():
        if kind_of(path) is None:
            raise ValueError(f"{path} has an ending that is not read. Readable: {_endings()}")
        return [(path, None)]
    files = [file for file in sorted(path.rglob("*")) if file.is_file() and kind_of(file)]
    if not files:
        raise ValueError(f"The folder {path} holds no texts. Readable: {_endings()}")
    return [(file, file.parent.name if file.parent != path else None) for file in files]


def _endings():
    return ", ".join(f"{ending} and {ending}.gz" for ending in ENDINGS)


def kind_of(path):
    """The ending that says how a file is read, without `.gz`; None if it is not read."""
    ending = path.with_suffix("").suffix if path.suffix.lower() == ".gz" else path.suffix
    return ending.lower() if ending.lower() in ENDINGS else None


def read_document_file(path, per, folder):
    """The documents of one file, as `read_documents` yields them; `folder` is a label by place."""
    if kind_of(path) == ".txt":
        if per == "file":
            text = "".join(line for _, line in lines_of(path))
            documents = [Document(text.strip(), str(path), folder)]
        else:
            documents = (Document(line.strip(), f"{path}:{number}") for number, line in lines_of(path))
    else:
        documents = {".csv": _csv, ".jsonl": _jsonl}[kind_of(path)](path)
    yield from (document for document in documents if document.text)


def lines_of(path):
    """Line numbers from 1 with decoded lines, their ends kept."""
    with gzip.open(path, "rb") if path.suffix.lower() == ".gz" else path.open("rb") as file:
        number = 0
        while True:
            try:
                raw = file.readline(_LONGEST_LINE + 1)
            except (EOFError, OSError, zlib.error) as error:
                raise ValueError(f"{path} is damaged after line {number}: {error}") from error
            if not raw:
                return
            number += 1
            if len(raw) > _LONGEST_LINE:
                raise ValueError(
                    f"{path}:{number} is longer than {_LONGEST_LINE:,} bytes. Break it up, or leave it out."
                )
            try:
                line = raw.decode("utf-8")
            except UnicodeDecodeError as error:
                raise ValueError(
                    f"{path}:{number} is not valid UTF-8: byte 0x{raw[error.start]:02x} at place {error.start + 1} of the "
                    "line. Convert the file (from Latin-1, say: iconv -f LATIN1 -t UTF-8), or mend the line."
                ) from None
            # Editors on Windows begin a file with a byte order mark.
            yield number, line.removeprefix("\ufeff") if number == 1 else line


def _csv(path):
    csv.field_size_limit(max(csv.field_size_limit(), _LONGEST_FIELD))
    rows = csv.reader((line for _, line in lines_of(path)), strict=True)
    header = None
    while True:
        begins = rows.line_num + 1
        try:
            row = next(rows, None)
        except csv.Error as error:
            raise ValueError(f"{path}:{begins} is not valid CSV: {error}") from error
        if row is None:
            return
        if header is None:
            header = [name.strip() for name in row]
            if "text" not in header:
                raise ValueError(f"{path}:1 must name a column `text`. Received: {', '.join(header)}")
        elif row:
            if len(row) != len(header):
                raise ValueError(f"{path}:{begins} has {len(row)} fields, the header {len(header)}. Quote commas.")
            yield _document(dict(zip(header, row, strict=True)), f"{path}:{begins}")


def _jsonl(path):
    for number, line in lines_of(path):
        if not line.strip():
            continue
        where = f"{path}:{number}"
        try:
            record = json.loads(line)
        except (ValueError, RecursionError) as error:  # nested too deeply, numbers of thousands of digits
            raise ValueError(f"{where} is not valid JSON: {error}") from error
        if not isinstance(record, dict) or not isinstance(record.get("text"), str):
            raise ValueError(f"{where} must be an object with a string `text`. Received: {line.strip()[:80]}")
        yield _document(record, where)


def _document(record, where):
    more = (record.get(key) for key in ("label", "split", "text_2"))
    return Document(
        record["text"].strip(), where, *(None if value is None else str(value).strip() or None for value in more)
    )
