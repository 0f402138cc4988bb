"""Sentences with a tag for each word, from files."""

import re
from pathlib import Path

from keras_transfer.data.read_documents import files_at, json_lines, lines_of
from keras_transfer.data.tagged_sentence import TaggedSentence
from keras_transfer.data.unusable import unusable

ENDINGS = (".conll", ".bio", ".iob", ".iob2", ".tsv", ".txt", ".jsonl")
_BETWEEN = re.compile(r"[ \t]+")


def read_tagged(path, bad=None):
    """Read sentences whose words have tags (named entities, parts of speech), one after the other.

    - CoNLL: a word a line, its tag in the last column, columns parted by tabs or by spaces, a blank line between sentences; lines
      that begin with `-DOCSTART-` are passed over. Any ending but `.csv` and `.jsonl`.
    - `.jsonl`: an object a line with the lists of strings `tokens` and `tags` (left out: without tags), and perhaps `split`.
    - a folder: all files in it and below that end in `.conll`, `.bio`, `.iob`, `.iob2`, `.tsv`, `.txt` or `.jsonl`.

    Each may be packed with gzip (`.gz`). Tags are taken as they are written: BIO, IOB1, IOBES, BILOU, or none of these.

    Args:
        path: File or folder.
        bad: A list to which `(place, reason)` of every unusable file and line is appended, whose sentences are then left out.
            None: the first is an error.

    Yields:
        `TaggedSentence`.

    Raises:
        ValueError: naming file and line: invalid UTF-8, a line with other columns than the first, a list that does not fit; a
            file without sentences, or a folder without files.
        FileNotFoundError: if there is nothing at `path`.

    Example:
        >>> sentences = list(keras_transfer.data.read_tagged("train.conll"))
        >>> sentences[0].words, sentences[0].tags
        (('Ada', 'Lovelace', 'wrote'), ('B-PER', 'I-PER', 'O'))
    """
    for file in list_tagged_files(path):
        found = False
        for sentence in (_jsonl if ending_of(file) == ".jsonl" else _conll)(file, bad):
            found = True
            yield sentence
        if not found:
            unusable(bad, file, f"holds no sentence. Expected: {_EXPECTED}")


_EXPECTED = "a word and its tag a line, a blank line between sentences; or .jsonl with lists `tokens` and `tags`"


def ending_of(path):
    """A file's ending in lower case, that before `.gz` if it is packed."""
    return (path.with_suffix("") if path.suffix.lower() == ".gz" else path).suffix.lower()


def is_tagged(path):
    """Whether a file's ending, or its first line if it is `.jsonl`, says that its words have tags."""
    if ending_of(path) == ".jsonl" and path.is_file():
        try:
            next(read_tagged(path))
        except ValueError:
            return False  # texts, or damaged: whoever reads them says which
        return True
    return ending_of(path) in (".conll", ".bio", ".iob", ".iob2", ".tsv")


def list_tagged_files(path):
    """Every file that `read_tagged` reads; raises as that does."""
    path, hint = Path(path), f"Readable: {', '.join(ENDINGS)}, each also .gz"
    files = files_at(path, "tagged sentences", lambda file: ending_of(file) in ENDINGS, hint)
    if files == [path] and ending_of(path) == ".csv":
        raise ValueError(f"{path} is a table, which holds no tags of words. Expected: {_EXPECTED}")
    return files


def _conll(path, bad):
    words, tags, begins, columns, spoilt = [], [], None, None, False
    for number, line in lines_of(path, bad):
        if line is None:
            spoilt = True
            continue
        line = line.strip("\r\n")
        fields = _fields(line)
        if not fields or fields[0] == "-DOCSTART-":
            if words and not spoilt:
                yield TaggedSentence(tuple(words), tuple(tags), f"{path}:{begins}")
            words, tags, spoilt = [], [], False
            continue
        columns = columns or len(fields)
        if len(fields) != columns or columns < 2 or not all((fields[0], fields[-1])):
            wanted = f"{columns} columns as above" if columns > 1 else "a word and its tag"
            unusable(
                bad,
                f"{path}:{number}",
                f"must have {wanted}, parted by a tab or by spaces. Received: {line.strip()[:80]!r}. Blank lines part sentences.",
            )
            columns, spoilt = columns if columns > 1 else None, True
            continue
        begins = begins if words else number
        words.append(fields[0])
        tags.append(fields[-1])
    if words and not spoilt:
        yield TaggedSentence(tuple(words), tuple(tags), f"{path}:{begins}")


def _fields(line):
    """The columns of a line: where tabs part them, words may hold spaces."""
    if not line.strip(" \t"):
        return []
    if "\t" in line:
        return [field.strip(" ") for field in line.split("\t")]
    return _BETWEEN.split(line.strip(" "))


def _jsonl(path, bad):
    for where, begins, record in json_lines(path, bad):
        words = record.get("tokens") if isinstance(record, dict) else None
        if not _are_strings(words):
            unusable(bad, where, f"must be an object with a list of strings `tokens`. Received: {begins}")
            continue
        tags = record.get("tags")
        if tags is not None and not (_are_strings(tags) and len(tags) == len(words)):
            reason = f"must have a string in `tags` for each of its {len(words)} `tokens`. Received: {str(tags)[:80]}"
            unusable(bad, where, reason)
            continue
        if words:
            split = record.get("split")
            yield TaggedSentence(
                tuple(words),
                None if tags is None else tuple(tags),
                where,
                None if split is None else str(split).strip() or None,
            )


def _are_strings(values):
    return isinstance(values, list) and all(isinstance(value, str) and value.strip() for value in values)
