"""Tables that name images, tables of numbers, and texts."""

import gzip

import numpy as np
from PIL import Image

from keras_transfer import data


def images(text, **arguments):
    """A CSV that names images, of which a.png and b.png are there."""

    def prepare(folder):
        for name in ("a.png", "b.png"):
            Image.fromarray(np.arange(64, dtype=np.uint8).reshape(8, 8)).save(folder / name)
        (folder / "sub").mkdir()
        (folder / "list.csv").write_bytes(text if isinstance(text, bytes) else text.encode())
        return lambda: data.load_images(labelled=folder / "list.csv")

    return prepare


LISTS = {
    "no column": (images("name,label\na.png,x\n"), "lacks the column 'path'"),
    "no labels": (images("path\na.png\n"), "lacks the column 'label'"),
    "an empty file": (images(""), "lacks the column 'path'"),
    "no rows": (images("path,label\n"), "list.csv"),
    "binary": (images(b"\x80\x04\x95\0\0"), "list.csv"),
    "UTF-16": (images("path,label\na.png,x\n".encode("utf-16")), "list.csv is not UTF-8"),
    "invalid UTF-8": (images(b"path,label\na.png,\xff\n"), "list.csv is not UTF-8"),
    "a NUL": (images("path,label\na.png\0,x\nb.png,y\n"), "list.csv:2"),
    "a path of 600 letters": (images(f"path,label\na.png,x\n{'a' * 600},y\n"), r"cannot be reached .*list\.csv:3"),
    "an open quote": (images('path,label\n"a.png,x\n'), r"list\.csv:\d+: not a CSV table"),
    "too many values": (images("path,label\na.png,x,y\n"), "list.csv:2: more values than columns"),
    "an empty label": (images("path,label\na.png,\nb.png,x\n"), "list.csv:2: no value in the column 'label'"),
    "an empty path": (images("path,label\n,x\n"), "list.csv:2: no value in the column 'path'"),
    "the same image twice": (images("path,label\na.png,x\na.png,y\n"), "list.csv:3: .*a.png was named before"),
    "a file that is not there": (images("path,label\na.png,x\nno.png,y\n"), r"no\.png does not exist .*list\.csv:3"),
    "a folder for a file": (images("path,label\na.png,x\nsub,y\n"), r"sub is not a file .*list\.csv:3"),
    "itself": (images("path,label\na.png,x\nlist.csv,y\n"), r"list\.csv holds no image"),
    "a device": (images("path,label\na.png,x\n/dev/zero,y\n"), "/dev/zero is not a file"),
    "a password file": (images("path,label\na.png,x\n/etc/passwd,y\n"), "/etc/passwd holds no image"),
    "one class": (images("path,label\na.png,x\nb.png,x\n"), "has one class only"),
}


def texts(name, content, **arguments):
    def prepare(folder):
        (folder / name).write_bytes(content if isinstance(content, bytes) else content.encode())
        named = dict.fromkeys(arguments.get("parts", ("unlabelled",)), folder / name)
        return lambda: data.load_texts(**named)

    return prepare


LABELLED = {"parts": ("labelled",)}
TEXTS = {
    "an ending that is not read": (texts("x.docx", b"PK"), r"x\.docx has an ending that is not read"),
    "an empty text": (texts("x.txt", ""), r"x\.txt\) holds no document"),
    "white space": (texts("x.txt", " \n\t\n"), r"x\.txt\) holds no document"),
    "text of another encoding": (texts("x.txt", "naïve".encode("latin-1")), r"x\.txt:1 is not valid UTF-8"),
    "text that is a picture": (texts("x.txt", b"ok\n\x89PNG\r\n"), r"x\.txt:2 is not valid UTF-8"),
    "a table of texts without texts": (texts("x.csv", "label\nx\n"), r"x\.csv:1 must name a column `text`"),
    "a ragged table": (texts("x.csv", "text,label\na\n"), r"x\.csv:2 has 1 fields, the header 2"),
    "an open quote": (texts("x.csv", 'text\n"a\n'), r"x\.csv:2 is not valid CSV"),
    "a table with bytes": (texts("x.csv", b"text\n\xff\n"), r"x\.csv:2 is not valid UTF-8"),
    "broken JSON": (texts("x.jsonl", '{"text": "a"\n'), r"x\.jsonl:1 is not valid JSON"),
    "JSON that is no object": (texts("x.jsonl", "[1]\n"), r"x\.jsonl:1 must be an object with a string `text`"),
    "a text that is a number": (texts("x.jsonl", '{"text": 3}\n'), r"x\.jsonl:1 must be an object with a string `text`"),
    "deep JSON": (texts("x.jsonl", "[" * 100_000 + "\n"), r"x\.jsonl:1 is not valid JSON"),
    "a number of 5000 digits": (texts("x.jsonl", f"[{'9' * 5000}]\n"), r"x\.jsonl:1 is not valid JSON"),
    "a cut gzip file": (texts("x.txt.gz", gzip.compress(b"hello\n" * 999)[:20]), r"x\.txt\.gz is damaged"),
    "no gzip file": (texts("x.txt.gz", b"hello\n"), r"x\.txt\.gz is damaged"),
    "a gzip bomb": (texts("x.txt.gz", gzip.compress(bytes(1 << 27), 1)), r"x\.txt\.gz:1 is longer than"),
    "one class": (texts("x.csv", "text,label\na,x\nb,x\n", **LABELLED), r"x\.csv\) has one class only"),
    "no labels": (texts("x.csv", "text,label\na,\n", **LABELLED), r"x\.csv\) holds no document for it; 1 documents have no"),
    "a test without labels": (texts("x.txt", "a\n", parts=("test",)), "`labelled` is missing"),
    "a class that only the test has": (
        texts("x.csv", "text,label,split\na,x,\nb,y,\nc,z,test\n", parts=("labelled", "test")), "`test` has classes"),
}  # fmt: skip


def audited(content):
    """Tables of numbers come to the library through the audit: its report is the error."""

    def prepare(folder):
        (folder / "x.csv").write_bytes(content if isinstance(content, bytes) else content.encode())

        def use():
            report = data.audit_table(folder / "x.csv")
            if not report.ok:
                raise ValueError(" ".join([*report.unusable[0]]) if report.unusable else str(report).splitlines()[-2])

        return use

    return prepare


NUMBERS = {
    "a ragged row": (audited("a,b\n1\n"), r"x\.csv:2 has 1 fields, the header 2"),
    "a column twice": (audited("a,a\n1,2\n"), r"x\.csv:1 names the column 'a' twice"),
    "a column without a name": (audited("a,\n1,2\n"), r"x\.csv:1 must name every column"),
    "an empty table": (audited(""), r"x\.csv:1 must name every column"),
    "a table of bytes": (audited(b"a\n\xff\n"), r"x\.csv:1 or a line soon after is not valid UTF-8"),
    "an open quote": (audited('a\n"1\n'), r"x\.csv:2 is not valid CSV"),
    "two labels for one row": (audited("a,label\n1,x\n1,y\n"), r"x\.csv:3 is .*x\.csv:2"),
    "words among numbers": (audited("a\n" + "1\n" * 30 + "one\n"), r"x\.csv:32 a = 'one'"),
}
CASES = {
    f"{kind}: {name}": case
    for kind, cases in (("list", LISTS), ("texts", TEXTS), ("table", NUMBERS))
    for name, case in cases.items()
}
