import gzip
import json

import pytest

from keras_transfer.data import audit_texts, load_texts, read_documents
from keras_transfer.data.recognise import recognise_kind


def texts(*arguments, **keywords):
    return [document.text for document in read_documents(*arguments, **keywords)]


class TestReadDocuments:
    def test_lines_and_files(self, tmp_path):
        path = tmp_path / "a.txt"
        path.write_text("\ufeffone\n\n  two \r\nthree", encoding="utf-8")
        assert texts(path) == ["one", "two", "three"]
        assert [document.where for document in read_documents(path)] == [f"{path}:1", f"{path}:3", f"{path}:4"]
        assert texts(path, per="file") == ["one\n\n  two \r\nthree"]

    def test_csv_with_quoted_lines(self, tmp_path):
        path = tmp_path / "a.csv"
        path.write_text('id,text,label,split\n1,"a, b\nc",good,train\n2,d,,test\n3,,bad,test\n', encoding="utf-8")
        found = list(read_documents(path))
        assert [tuple(document) for document in found] == [
            ("a, b\nc", f"{path}:2", "good", "train", None),
            ("d", f"{path}:4", None, "test", None),
        ]

    def test_jsonl(self, tmp_path):
        path = tmp_path / "a.jsonl"
        path.write_text(json.dumps({"text": "grün", "label": 1}) + "\n\n" + json.dumps({"text": "b"}), encoding="utf-8")
        assert [(document.text, document.label) for document in read_documents(path)] == [("grün", "1"), ("b", None)]

    def test_folders_and_gzip(self, tmp_path):
        for name in ("good", "bad"):
            (tmp_path / name).mkdir()
        with gzip.open(tmp_path / "good" / "1.txt.gz", "wt", encoding="utf-8") as file:
            file.write("line\nline 2")
        (tmp_path / "bad" / "2.txt").write_text("other")
        (tmp_path / "notes.md").write_text("passed over")
        assert texts(tmp_path) == ["other", "line", "line 2"]
        found = list(read_documents(tmp_path, per="file"))
        assert [(document.text, document.label) for document in found] == [("other", "bad"), ("line\nline 2", "good")]

    @pytest.mark.parametrize(
        ("name", "data", "message"),
        [
            ("a.txt", b"fine\nbl\xe4tter\n", r"a.txt:2 is not valid UTF-8: byte 0xe4 at place 3"),
            ("a.csv", b"text\nfine\n\xff\n", "a.csv:3 is not valid UTF-8"),
            ("a.csv", b"title,label\nx,y\n", "a.csv:1 must name a column `text`. Received: title, label"),
            ("a.csv", b"text,label\nx\n", "a.csv:2 has 1 fields, the header 2"),
            ("a.csv", b'text\n"open\n', "a.csv:2 is not valid CSV"),
            ("a.jsonl", b'{"text": "a"}\n{"text": \n', "a.jsonl:2 is not valid JSON"),
            ("a.jsonl", b'{"body": "a"}\n', 'a.jsonl:1 must be an object with a string `text`. Received: {"body"'),
            ("a.txt.gz", gzip.compress(b"some text\n" * 1000, mtime=0)[:-20], "a.txt.gz is damaged after line"),
            ("a.txt.gz", b"no gzip", "a.txt.gz is damaged after line 0"),
            ("a.pdf", b"%PDF", "a.pdf has an ending that is not read. Readable: .txt"),
        ],
    )
    def test_what_cannot_be_read_is_named_with_its_line(self, tmp_path, name, data, message):
        (tmp_path / name).write_bytes(data)
        with pytest.raises(ValueError, match=message):
            texts(tmp_path / name)

    def test_nothing_there(self, tmp_path):
        with pytest.raises(FileNotFoundError, match="nowhere"):
            texts(tmp_path / "nowhere")
        with pytest.raises(ValueError, match="holds no texts"):
            texts(tmp_path)
        with pytest.raises(ValueError, match="per='word'"):
            texts(tmp_path, per="word")


CSV = """text,label,split
a,good,train
b,bad,train
c,,train
d,good,test
e,bad,test
a,,
"""


class TestLoadTexts:
    def test_one_file_for_all(self, tmp_path):
        path = tmp_path / "all.csv"
        path.write_text(CSV)
        loaded = load_texts(path, path, test=path)
        assert loaded.x_unlabelled == ["a", "b", "c", "a"]
        assert (loaded.x_labelled, loaded.y_labelled.tolist()) == (["a", "b"], [1, 0])
        assert (loaded.x_test, loaded.y_test.tolist()) == (["d", "e"], [1, 0])
        assert loaded.class_names == ("bad", "good")
        assert loaded.x_validation is None
        assert loaded.notes == ()
        assert "4 unlabelled (4 characters), 2 labelled" in loaded.summary()

    def test_leaks_are_said(self, tmp_path):
        (tmp_path / "train.csv").write_text("text,label\na,x\nb,y\n")
        (tmp_path / "test.csv").write_text("text,label\nb,y\nc,x\n")
        loaded = load_texts(labelled=tmp_path / "train.csv", test=tmp_path / "test.csv")
        assert "1 of 2 test texts are among the labelled ones, word by word." in loaded.notes
        assert loaded.x_unlabelled == ["a", "b"]

    @pytest.mark.parametrize(
        ("table", "message"),
        [
            ("text,label\na,x\nb,x\n", "one class only. Received: 'x'"),
            ("text,label\na,\nb,\n", "holds no document for it; 2 documents have no label"),
            (
                "text,label,split\na,x,train\nb,y,train\nc,z,test\n",
                "`test` has classes that .* never shows. Received: 'z'",
            ),
            ("text,label\na,x\nb,y\n", None),
        ],
    )
    def test_labels_that_do_not_serve_are_named(self, tmp_path, table, message):
        path = tmp_path / "a.csv"
        path.write_text(table)
        if message is None:
            # Without `split` a file is all for whatever it is named for.
            assert load_texts(labelled=path, test=path).x_test == ["a", "b"]
            return
        with pytest.raises(ValueError, match=message):
            load_texts(labelled=path, test=path)

    def test_missing_parts_are_named(self, tmp_path):
        with pytest.raises(ValueError, match="`labelled` is missing"):
            load_texts(unlabelled=tmp_path, test=tmp_path)

    def test_pairs(self, tmp_path):
        path = tmp_path / "pairs.csv"
        path.write_text("text,text_2,label,split\na,b,yes,train\na,c,no,train\nd,e,,\nf,,,\na,d,no,test\n")
        loaded = load_texts(path, path, test=path, pairs=True)
        assert loaded.x_unlabelled == ["a", "b", "c", "d", "e", "f"]
        assert loaded.x_labelled == [("a", "b"), ("a", "c")] and loaded.x_test == [("a", "d")]
        assert loaded.notes == () and "2 labelled (4 characters)" in loaded.summary()
        assert audit_texts(path).ok
        path.write_text("text,text_2,label\na,b,yes\na,,no\n")
        with pytest.raises(ValueError, match="pairs.csv:3 has no second text"):
            load_texts(labelled=path, pairs=True)
        with pytest.raises(ValueError, match="embedded texts are none"):
            load_texts(pairs=True)

    def test_pairs_without_labels(self, tmp_path):
        path = tmp_path / "pairs.csv"
        path.write_text("text,text_2,split\na,b,train\nc,,train\nd,e,test\n")
        loaded = load_texts(path, path, test=path, pairs=True, labels=False)
        assert loaded.x_unlabelled == ["a", "b", "c"] and loaded.class_names == () and loaded.y_test is None
        assert loaded.x_labelled == [("a", "b")] and loaded.x_test == [("d", "e")]
        path.write_text("text,text_2\na,\n")
        with pytest.raises(ValueError, match="1 documents have no text_2. Check its columns `text_2`"):
            load_texts(labelled=path, pairs=True, labels=False)


class TestAudit:
    def test_counts(self, tmp_path):
        path = tmp_path / "a.csv"
        path.write_text("text,label,split\nOne  two,x,train\nthree,y,train\none two,y,test\nthree,y,train\n")
        audit = audit_texts(path)
        assert (audit.documents, audit.characters, audit.tokens) == (4, 8 + 5 + 7 + 5, None)
        assert audit.labels == {"y": 3, "x": 1}
        assert audit.splits == {"train": 3, "test": 1}
        first, again = (f"{path}:2", f"{path}:4"), (f"{path}:3", f"{path}:5")
        assert audit.duplicates == (first, again)
        assert audit.conflicts == audit.leaks == (first,)
        assert not audit.ok
        assert "2 documents came before" in str(audit)

    def test_tokens(self, tmp_path):
        from keras_transfer.data import TextTokenizer

        (tmp_path / "a.txt").write_text("ab\ncde\n")
        audit = audit_texts(tmp_path / "a.txt", TextTokenizer("bytes"))
        assert audit.tokens == 5
        assert audit.ok

    def test_all_that_is_wrong_is_in_one_report(self, tmp_path):
        (tmp_path / "a.txt").write_bytes(b"fine\nbro\xffken\nfound\n")
        (tmp_path / "b.csv").write_text("label\nx\n")
        (tmp_path / "c.txt").write_text("Fine\n")
        (tmp_path / "d.pdf").write_text("%PDF")
        (tmp_path / "README.md").write_text("about")
        audit = audit_texts(tmp_path)
        assert audit.documents == 3 and not audit.ok
        assert audit.duplicates == ((f"{tmp_path}/a.txt:1", f"{tmp_path}/c.txt:1"),)
        assert [place for place, _ in audit.unusable] == [
            f"{tmp_path}/d.pdf",
            f"{tmp_path}/a.txt:2",
            f"{tmp_path}/b.csv:1",
        ]
        assert f"{tmp_path}/a.txt:2 is not valid UTF-8" in str(audit)
        assert json.loads(json.dumps(audit.as_dict()))["ok"] is False

    def test_tagged_sentences(self, tmp_path):
        (tmp_path / "a.conll").write_text("May B-X\ngo O\n\nMay O\ngo O\n")
        (tmp_path / "b.conll").write_text("may O\ngo O\n\nalone\n")
        audit = audit_texts({"labelled": tmp_path / "a.conll", "test": tmp_path / "b.conll"}, tagged=True)
        first = f"{tmp_path}/a.conll:1"
        assert audit.documents == 3 and audit.labels == {"O": 5, "B-X": 1} and not audit.ok
        assert audit.conflicts == ((first, f"{tmp_path}/a.conll:4"), (first, f"{tmp_path}/b.conll:1"))
        assert audit.leaks == ((first, f"{tmp_path}/b.conll:1"),)
        assert audit.unusable[0][0] == f"{tmp_path}/b.conll:4" and "must have 2 columns" in audit.unusable[0][1]
        (tmp_path / "c.jsonl").write_text('{"tokens": ["a"]}')
        assert audit_texts(tmp_path / "c.jsonl", tagged=True).labels == {None: 1}
        assert recognise_kind(tmp_path / "c.jsonl") == recognise_kind(tmp_path / "a.conll") == "tagged"

    def test_parts_are_splits(self, tmp_path):
        for name in ("all", "labelled", "test"):
            (tmp_path / f"{name}.txt").write_text("same\n")
        told = []
        audit = audit_texts(
            {"unlabelled": tmp_path / "all.txt", "labelled": tmp_path / "labelled.txt", "test": tmp_path / "test.txt"},
            progress=lambda done, total: told.append((done, total)),
        )
        assert audit.leaks == ((f"{tmp_path}/all.txt:1", f"{tmp_path}/test.txt:1"),)
        assert audit.splits == {"unlabelled": 1, "labelled": 1, "test": 1} and told == [(1, 3), (2, 3), (3, 3)]
