import gzip
import json

import pytest

from keras_transfer.data import audit_texts, read_questions
from keras_transfer.data.read_questions import holds_questions
from keras_transfer.data.recognise import recognise_kind

CONTEXT = "  The Église was built\nin 1163 by Maurice. Maurice was a bishop."


def squad(*entries, context=CONTEXT):
    return {"version": "2", "data": [{"title": "a", "paragraphs": [{"context": context, "qas": list(entries)}]}]}


def entry(text="1163", start=26, **more):
    return {"id": "7", "question": " When? ", "answers": [{"text": text, "answer_start": start}], **more}


def write(path, *records):
    text = json.dumps(records[0]) if path.name.startswith("a.json") and not path.name.startswith("a.jsonl") else ""
    text = text or "\n".join(one if isinstance(one, str) else json.dumps(one) for one in records)
    path.write_bytes(gzip.compress(text.encode()) if path.suffix == ".gz" else text.encode())
    return path


def test_squad_of_both_versions(tmp_path):
    again = {"text": "in 1163", "answer_start": 23}
    entries = [
        entry(answers=[entry()["answers"][0], again, again]),
        {"id": "8", "question": "Why?", "answers": [], "is_impossible": True, "plausible_answers": [again]},
        {"question": "How?", "is_impossible": True},
    ]
    found = list(read_questions(write(tmp_path / "a.json.gz", squad(*entries))))
    assert [one.question for one in found] == ["When?", "Why?", "How?"]
    assert [[CONTEXT[begin:end] for begin, end in one.answers] for one in found] == [["1163", "in 1163"], [], []]
    assert found[0].context == CONTEXT and [one.name for one in found] == ["7", "8", None]
    assert found[0].where == f"{tmp_path / 'a.json.gz'}: data[0].paragraphs[0].qas[0] (id '7')"


def test_lines(tmp_path):
    row = {"question": "When?", "context": CONTEXT}
    records = [
        {**row, "answers": {"text": ["1163"], "answer_start": [26]}, "id": 3, "split": "test"},
        {**row, "answers": {"text": [], "answer_start": []}},
        "",
        {**row, "answer": "1163"},
        {**row, "answer": "Maurice", "answer_start": 43},
        {**row, "answer": None},
        {**row, "answers": [{"text": "bishop", "answer_start": 57}]},
    ]
    found = list(read_questions(write(tmp_path / "a.jsonl", *records)))
    texts = [[CONTEXT[begin:end] for begin, end in one.answers] for one in found]
    assert texts == [["1163"], [], ["1163"], ["Maurice"], [], ["bishop"]] and found[3].answers == ((43, 50),)
    assert (found[0].name, found[0].split, found[2].where) == ("3", "test", f"{tmp_path / 'a.jsonl'}:4")


ROW = {"question": "When?", "context": CONTEXT}
BAD_LINES = [
    (
        [{"question": "When?", "answers": []}],
        r"a.jsonl:1 must have a `context` that is a string and not empty. Received: None",
    ),
    ([{**ROW, "context": " "}], "must have a `context` that is a string and not empty. Received: ' '"),
    ([{**ROW, "question": 3}], "must have a `question` that is a string and not empty. Received: 3"),
    ([ROW], r"must have `answers` \(or one `answer`\)"),
    (
        [{**ROW, "answer": "1163", "answer_start": 27}],
        "has the answer '1163' at answer_start=27, where stands '163 '. The .* at 26",
    ),
    ([{**ROW, "answer": "1163", "answer_start": -1}], "the context has ended"),
    ([{**ROW, "answer": "1164", "answer_start": 26}], "stands '1163'. The context does not have it at all"),
    ([{**ROW, "answer": "Maurice"}], "must have `answer_start`.*'Maurice' stands in it 2 times"),
    ([{**ROW, "answer": "1163", "answer_start": "26"}], "must have `answer_start`.*Received: '26'"),
    ([{**ROW, "answer": " ", "answer_start": 0}], "answers that are strings and not empty. Received: ' '"),
    ([{**ROW, "answers": {"text": ["1163"], "answer_start": []}}], "lists of one length"),
    ([{**ROW, "answers": [1]}], "lists of one length"),
    ([{**ROW, "answers": [], "is_impossible": "no"}], "true or false"),
    ([{**ROW, "answers": [], "is_impossible": False}], "and has no answer"),
    ([{**ROW, "answer": "1163", "is_impossible": True}], "is marked `is_impossible`, and has the answer '1163'"),
    (['{"question": "\\ud800?", "context": "a", "answer": ""}'], "half a character in its `question`"),
    ([[1]], "must be an object with question, context and answers"),
    (["{"], "is not valid JSON"),
    (
        [{**ROW, "id": 1, "answer": ""}, {**ROW, "id": "1", "answer": ""}],
        "a.jsonl:2 has the id '1', which .*a.jsonl:1 has too",
    ),
    ([], "holds no question. Expected: SQuAD's .json"),
]


@pytest.mark.parametrize(("records", "message"), BAD_LINES)
def test_bad_lines_are_named_or_listed(tmp_path, records, message):
    path = write(tmp_path / "a.jsonl", *records)
    with pytest.raises(ValueError, match=message):
        list(read_questions(path))
    if records:
        good, bad = {**ROW, "answer": "1163", "id": "good"}, []
        path = write(tmp_path / "a.jsonl", *records, good)
        assert [one.name for one in read_questions(path, bad)][-1] == "good"
        assert len(bad) == 1 and bad[0][0] == f"{path}:{len(records)}"


@pytest.mark.parametrize(
    ("whole", "message"),
    [
        ([1], r"a.json must be an object with a list `data`, as in SQuAD. Received: \[1\]"),
        ({"data": [{"title": "a"}]}, r"a.json: data\[0\] must be an object with a list `paragraphs`"),
        (
            {"data": [{"paragraphs": [{"context": "a"}]}]},
            r"data\[0\].paragraphs\[0\] must be an object with a list `qas`",
        ),
        (squad(3), r"qas\[0\] must be an object with question and answers. Received: 3"),
        (
            squad(entry(start=3)),
            r"a.json: data\[0\].paragraphs\[0\].qas\[0\] \(id '7'\) has the answer '1163' at answer_start=3",
        ),
        (squad(entry(), entry()), r"qas\[1\] \(id '7'\) has the id '7', which .*qas\[0\] \(id '7'\) has too"),
        (squad(entry(), context=None), "must have a `context`"),
    ],
)
def test_bad_squad_is_named(tmp_path, whole, message):
    path, bad = write(tmp_path / "a.json", whole), []
    with pytest.raises(ValueError, match=message):
        list(read_questions(path))
    list(read_questions(path, bad))
    assert len(bad) == 1


def test_damaged_files(tmp_path):
    path = tmp_path / "a.json"
    path.write_bytes(json.dumps(squad(entry())).encode()[:-1])
    with pytest.raises(ValueError, match="a.json is not valid JSON"):
        list(read_questions(path))
    path.write_bytes(json.dumps(squad(entry()), ensure_ascii=False).encode("latin-1"))
    with pytest.raises(ValueError, match="a.json:1 is not valid UTF-8: byte 0xc9"):
        list(read_questions(path))
    bad = []
    assert list(read_questions(path, bad)) == [] and len(bad) == 1


def test_folders(tmp_path):
    with pytest.raises(FileNotFoundError, match="no file or folder of questions at"):
        list(read_questions(tmp_path / "none"))
    with pytest.raises(ValueError, match="holds no questions"):
        list(read_questions(tmp_path))
    (tmp_path / "b").mkdir()
    write(tmp_path / "b" / "a.jsonl", {**ROW, "answer": ""})
    write(tmp_path / "a.json", squad(entry()))
    assert [one.name for one in read_questions(tmp_path)] == ["7", None]
    with pytest.raises(ValueError, match="has an ending that is not read"):
        list(read_questions(write(tmp_path / "a.txt", "a")))


def test_what_holds_questions(tmp_path):
    assert holds_questions(write(tmp_path / "a.json.gz", squad()))
    assert holds_questions(write(tmp_path / "a.jsonl", {**ROW, "answer": 1}))
    assert not holds_questions(write(tmp_path / "a.jsonl", {"text": "a"}))
    assert not holds_questions(write(tmp_path / "a.jsonl", "{"))
    assert not holds_questions(tmp_path / "a.csv")


def test_an_audit_tells_what_is_wrong(tmp_path):
    other = {"question": "Who?", "context": CONTEXT}
    train = write(
        tmp_path / "train.jsonl",
        {**ROW, "answer": "1163"},
        {**ROW, "answer": "1164"},
        {**other, "answer": "", "id": 1},
        {**other, "answer": "bishop", "id": 2},
    )
    test = write(tmp_path / "test.jsonl", {**ROW, "question": "WHEN?", "answer": "1163", "id": 1})
    found = audit_texts({"labelled": train, "test": test}, questions=True)
    assert not found.ok and found.documents == 4 and found.labels == {"answered": 3, "no answer": 1}
    assert [place for place, _ in found.unusable] == [f"{train}:2"]
    assert found.leaks == ((f"{train}:1", f"{test}:1"),) and found.conflicts == ((f"{train}:3", f"{train}:4"),)
    assert "'1164' stands in it 0 times" in str(found)
    with pytest.raises(ValueError, match="cannot be both"):
        audit_texts(train, tagged=True, questions=True)


def test_files_of_questions_are_recognised(tmp_path):
    assert recognise_kind(write(tmp_path / "a.json", squad(entry()))) == "questions"
    assert recognise_kind(write(tmp_path / "a.jsonl", {**ROW, "answer": ""})) == "questions"
    assert recognise_kind(write(tmp_path / "b.jsonl", {"text": "a"})) == "texts"
    assert audit_texts(tmp_path / "a.json", questions=True).ok
