import gzip
import json

import pytest

from keras_transfer.data import read_tagged

CONLL = """-DOCSTART- -X- -X- O

U.N. NNP I-NP I-ORG
official NN I-NP O

-DOCSTART- -X- -X- O

Ekeus NNP I-NP I-PER
"""


def read(path):
    return [(one.words, one.tags) for one in read_tagged(path)]


def test_columns_of_spaces_and_of_tabs(tmp_path):
    (tmp_path / "eng.train").write_text(CONLL)
    expected = [(("U.N.", "official"), ("I-ORG", "O")), (("Ekeus",), ("I-PER",))]
    assert read(tmp_path / "eng.train") == expected
    assert [one.where.rpartition(":")[2] for one in read_tagged(tmp_path / "eng.train")] == ["3", "8"]
    (tmp_path / "a.tsv").write_bytes("\ufeffNew York\tB-LOC\r\n\r\n\r\nund\tO\r\n".encode())
    assert read(tmp_path / "a.tsv") == [(("New York",), ("B-LOC",)), (("und",), ("O",))]
    with gzip.open(tmp_path / "b.conll.gz", "wt") as file:
        file.write(CONLL)
    assert read(tmp_path / "b.conll.gz") == expected


def test_jsonl_and_a_folder(tmp_path):
    rows = [{"tokens": ["a", "b"], "tags": ["O", "B-X"], "split": "test"}, {"tokens": ["c"]}, {"tokens": []}]
    (tmp_path / "b.jsonl").write_text("\n".join(map(json.dumps, rows)) + "\n\n")
    (tmp_path / "a.conll").write_text("x O\n")
    (tmp_path / "note.md").write_text("no tags")
    found = list(read_tagged(tmp_path))
    assert [(one.words, one.tags, one.split) for one in found] == [
        (("x",), ("O",), None),
        (("a", "b"), ("O", "B-X"), "test"),
        (("c",), None, None),
    ]


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("a.conll", "a O\nb NN O\n", r"a.conll:2 must have 2 columns as above.*Received: 'b NN O'"),
        ("a.conll", "alone\n", r"a.conll:1 must have a word and its tag"),
        ("a.tsv", "a\t\n", r"a.tsv:1 must have 2 columns"),
        ("a.conll", b"a O\n\xff O\n", r"a.conll:2 is not valid UTF-8"),
        ("a.conll", "\n-DOCSTART- O\n\n", "a.conll holds no sentence"),
        ("a.csv", "a,O\n", "is a table"),
        ("a.jsonl", '{"text": "a"}\n', r"a.jsonl:1 must be an object with a list of strings `tokens`"),
        ("a.jsonl", '{"tokens": ["a", " "], "tags": ["O", "O"]}', "list of strings `tokens`"),
        (
            "a.jsonl",
            '{"tokens": ["a"], "tags": ["O", "O"]}',
            r"a.jsonl:1 must have a string in `tags` for each of its 1 `tokens`",
        ),
        ("a.jsonl", '{"tokens": ["a"], "tags": [0]}', "must have a string in `tags`"),
        ("a.jsonl", "{", r"a.jsonl:1 is not valid JSON"),
        ("a.conll.gz", "no gzip", "is damaged after line 0"),
    ],
)
def test_what_is_wrong_is_named_with_its_line(tmp_path, name, text, message):
    (tmp_path / name).write_bytes(text if isinstance(text, bytes) else text.encode())
    with pytest.raises(ValueError, match=message):
        list(read_tagged(tmp_path / name))


def test_nothing_there(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"at .*none"):
        list(read_tagged(tmp_path / "none"))
    with pytest.raises(ValueError, match="holds no tagged sentences"):
        list(read_tagged(tmp_path))
