"""Unusable files and lines of texts: the first is an error, or all are left out, counted and listed."""

import gzip

import pytest

from keras_transfer import data

BAD_LINES = {
    "a.txt": (b"one\nt\xe9wo\nthree\n", ["one", "three"], ["a.txt:2 is not valid UTF-8"]),
    "a.jsonl": (
        b'{"text": "one"}\n{"text": 2}\n{"text"\n{"text": "four"}\n',
        ["one", "four"],
        ["a.jsonl:2 must be an object", "a.jsonl:3 is not valid JSON"],
    ),
    "a.csv": (
        b"text,label\none,x\ntwo,x,y\nth\xe9,x\nfour,y\n",
        ["one", "four"],
        ["a.csv:3 has 3 fields", "a.csv:4 is not valid UTF-8"],
    ),
    "a.txt.gz": (gzip.compress(b"one\n" * 9999)[:-20], None, ["a.txt.gz is damaged after line"]),
}


@pytest.mark.parametrize("name", BAD_LINES)
def test_the_rest_is_read(tmp_path, name):
    content, kept, reasons = BAD_LINES[name]
    (tmp_path / name).write_bytes(content)
    with pytest.raises(ValueError, match=reasons[0]):
        list(data.read_documents(tmp_path))
    bad = []
    texts = [document.text for document in data.read_documents(tmp_path, bad=bad)]
    assert texts == kept if kept else set(texts) == {"one"}
    assert len(bad) == len(reasons)
    for found, expected in zip(bad, reasons, strict=True):
        assert " ".join(found).startswith(f"{tmp_path}/{expected}")


def test_a_file_that_is_one_text_is_left_out_whole(tmp_path):
    (tmp_path / "a.txt").write_bytes(b"good\n")
    (tmp_path / "b.txt").write_bytes(b"good\nb\xe9d\n")
    bad = []
    assert [one.text for one in data.read_documents(tmp_path, per="file", bad=bad)] == ["good"]
    assert [place for place, _ in bad] == [f"{tmp_path}/b.txt:2"]


def test_a_sentence_with_an_unusable_line_is_left_out_whole(tmp_path):
    path = tmp_path / "a.conll"
    path.write_bytes(b"alone\n\nAda B\nsang O\n\nin O\nP\xe9ru B\n\nbare\nword O\n\nat O\nhome O\n")
    bad = []
    found = [one.words for one in data.read_tagged(path, bad)]
    assert found == [("Ada", "sang"), ("at", "home")]
    assert [place for place, _ in bad] == [f"{path}:{number}" for number in (1, 7, 9)]


@pytest.mark.parametrize("load", [data.load_texts, data.load_tagged])
def test_what_is_left_out_is_counted_and_listed_once(tmp_path, load):
    rows = ['{"text": "a", "tokens": ["a", "b"], "tags": ["X", "O"], "label": "x"}', "{", '{"text": 1, "tokens": 1}']
    rows += ['{"text": "b", "tokens": ["a", "c"], "tags": ["X", "O"], "label": "y"}']
    path = tmp_path / "a.jsonl"
    path.write_text("\n".join(rows))
    with pytest.raises(ValueError, match="a.jsonl:2 is not valid JSON"):
        load(path, path)
    found = load(path, path, on_bad="skip")
    assert len(found.x_labelled) == 2
    assert [place for place, _ in found.skipped] == [f"{path}:2", f"{path}:3"]
    assert f"2 files or lines could not be used and were left out:\n    {path}:2 is not valid JSON" in found.summary()
    with pytest.raises(ValueError, match='`on_bad` must be "error" or "skip"'):
        load(path, path, on_bad="ignore")
