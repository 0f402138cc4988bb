"""What `data.shard` does with texts: look at them, turn them into tokens, and write some of them."""

import functools
import os
from pathlib import Path

import numpy as np

from keras_transfer.data.read_documents import list_document_files, read_document_file
from keras_transfer.data.text_mark import text_mark
from keras_transfer.data.text_tokenizer import TextTokenizer
from keras_transfer.data.write_records import write_records

_BYTES = 1 << 26  # of files that make one shard, unless one file alone has more
_AT_ONCE = 256  # documents


def plan_texts(path, options, run):
    """Look at all texts, and say which go into which shard. Arguments and result are those of `plan_images`.

    `options`: `per`, `length`, `tokenizer` (a folder).
    """
    files = [(str(file), folder) for file, folder in list_document_files(path)]
    looked = list(run(functools.partial(look_at_texts, options["per"]), files))
    seen, again, bad, tasks, room = set(), 0, [], [], 0
    for (file, folder), found in zip(files, looked, strict=True):
        if isinstance(found, str):
            bad.append((file, found.removeprefix(file)))
            continue
        dropped = []
        for place, mark in enumerate(found):
            if mark in seen:
                dropped.append(place)
            seen.add(mark)
        again += len(dropped)
        if len(dropped) == len(found):
            continue
        size = os.path.getsize(file)
        if size > room:
            tasks.append({"files": [], **{key: options[key] for key in ("per", "length", "tokenizer")}})
            room = _BYTES
        room -= size
        tasks[-1]["files"].append([file, folder, dropped])
    return tasks, {"kind": "texts", "duplicates": again, "length": options["length"]}, bad


def look_at_texts(per, file):
    """Digests of a file's documents, equal but for case and white space, or the reason why it cannot be used."""
    path, folder = file
    try:
        return [text_mark(document.text).hex() for document in _documents(path, per, folder)]
    except (ValueError, OSError) as error:
        return str(error)


def write_texts(task, path):
    """Write the shard of one task: windows of tokens side by side, the last one padded."""
    return write_records(path, _windows(task, TextTokenizer.load(task["tokenizer"])))


def _windows(task, tokenizer):
    length, rest, waiting = task["length"], np.zeros(0, np.int32), []
    for text in _kept(task):
        waiting.append(text)
        if len(waiting) == _AT_ONCE:
            rest = np.concatenate([rest, tokenizer.stream(waiting).astype(np.int32)])
            waiting = []
            whole = len(rest) // length * length
            yield from rest[:whole].reshape(-1, length)
            rest = rest[whole:]
    rest = np.concatenate([rest, tokenizer.stream(waiting).astype(np.int32)])
    rest = np.pad(rest, (0, -len(rest) % length), constant_values=tokenizer.pad_id)
    yield from rest.reshape(-1, length)


def _kept(task):
    for path, folder, dropped in task["files"]:
        dropped = set(dropped)
        for place, document in enumerate(_documents(path, task["per"], folder)):
            if place not in dropped:
                yield document.text


def _documents(path, per, folder):
    return read_document_file(Path(path), per, folder)
