import json

import pytest

from keras_transfer.data import load_questions


def rows(path, *found):
    keys = ("question", "context", "answer", "split")
    path.write_text("\n".join(json.dumps(dict(zip(keys, one, strict=False))) for one in found), encoding="utf-8")
    return path


def test_parts_of_one_file_and_notes(tmp_path):
    path = rows(
        tmp_path / "a.jsonl",
        ("Who?", "Ada wrote.", "Ada", "train"),
        ("What?", "Ada wrote.", "", "train"),
        ("Where?", "It was in London.", "London", "test"),
        ("Who?", "Ada wrote.", "Ada", "test"),
        ("When?", "In 1843.", "1843", "validation"),
    )
    questions = load_questions(path, path, path, path)
    assert questions.x_labelled == [("Who?", "Ada wrote."), ("What?", "Ada wrote.")]
    assert questions.y_labelled == [((0, 3),), ()] and questions.y_test == [((10, 16),), ((0, 3),)]
    assert questions.x_unlabelled == ["Ada wrote.", "Who?", "What?"]
    told = questions.summary()
    assert "1 of 2 labelled questions have no answer in their text." in told
    assert "1 of 2 test texts are among the labelled ones, word by word." in told
    assert "1 of 2 test questions are about texts that labelled ones are about too." in told


def test_unlabelled_texts_of_any_kind_or_those_of_the_questions(tmp_path):
    train = rows(tmp_path / "a.jsonl", ("Who?", "Ada wrote.", "Ada"))
    (tmp_path / "b.txt").write_text("One.\nTwo.\n")
    assert load_questions(tmp_path / "b.txt", train).x_unlabelled == ["One.", "Two."]
    more = rows(tmp_path / "c.jsonl", ("Why?", "So.", ""))
    assert load_questions(more, train).x_unlabelled == ["So.", "Why?"]
    alone = load_questions(labelled=train)
    assert alone.x_unlabelled == ["Ada wrote.", "Who?"] and "No unlabelled texts were named" in alone.notes[0]


def test_bad_ones_are_refused_or_left_out_and_listed(tmp_path):
    path = rows(tmp_path / "a.jsonl", ("Who?", "Ada wrote.", "Ada"), ("Who?", "Ada wrote.", "Bob"))
    with pytest.raises(ValueError, match=r"a.jsonl:2 must have `answer_start`.*'Bob' stands in it 0 times"):
        load_questions(labelled=path)
    questions = load_questions(labelled=path, on_bad="skip")
    assert len(questions.x_labelled) == 1 and questions.skipped[0][0] == f"{path}:2"
    assert questions.notes[0].startswith("1 files or lines could not be used and were left out:")


def test_what_is_missing_is_named(tmp_path):
    none = rows(tmp_path / "a.jsonl", ("Who?", "Ada wrote.", ""))
    with pytest.raises(ValueError, match="has no question with an answer"):
        load_questions(labelled=none)
    with pytest.raises(ValueError, match="`labelled` is missing"):
        load_questions(test=none)
    train = rows(tmp_path / "b.jsonl", ("Who?", "Ada wrote.", "Ada", "train"))
    with pytest.raises(ValueError, match="`test` .* holds no question for it"):
        load_questions(labelled=train, test=train)
