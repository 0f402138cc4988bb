import json

import numpy as np
import pytest

from keras_transfer.data import load_tagged


def write(path, *sentences):
    path.write_text("\n\n".join("\n".join(f"{word} {tag}" for word, tag in one) for one in sentences) + "\n")
    return path


def test_parts_and_numbers(tmp_path):
    train = write(tmp_path / "train.conll", [("Ada", "B-PER"), ("wrote", "O")], [("So", "O")])
    test = write(tmp_path / "test.conll", [("Rome", "B-LOC"), ("Ada", "B-PER")], [("So", "O")])
    (tmp_path / "more.txt").write_text("Some text.\nMore of it.\n")
    found = load_tagged(tmp_path / "more.txt", train, test=test)
    assert found.class_names == ("B-LOC", "B-PER", "O") and found.x_unlabelled == ["Some text.", "More of it."]
    assert found.x_labelled == [("Ada", "wrote"), ("So",)]
    for numbers, expected in zip(found.y_labelled, ([1, 2], [2]), strict=True):
        np.testing.assert_array_equal(numbers, expected)
    assert [list(numbers) for numbers in found.y_test] == [[0, 1], [2]]
    assert (
        "nobody can learn: B-LOC" in found.summary() and "1 of 2 test texts are among the labelled" in found.summary()
    )
    assert load_tagged(train, train).x_unlabelled == ["Ada wrote", "So"]
    assert load_tagged(test, train).x_unlabelled == ["Rome Ada", "So"]
    assert load_tagged(labelled=train).x_unlabelled == ["Ada wrote", "So"]


def test_one_jsonl_for_all(tmp_path):
    rows = [
        {"tokens": ["a", "b"], "tags": ["O", "B-X"], "split": "train"},
        {"tokens": ["c"], "tags": ["O"], "split": "test"},
        {"tokens": ["d"]},
    ]
    path = tmp_path / "all.jsonl"
    path.write_text("\n".join(map(json.dumps, rows)))
    found = load_tagged(path, path, test=path)
    assert (found.x_labelled, found.x_test) == ([("a", "b")], [("c",)])
    assert found.x_unlabelled == ["a b", "d"]
    with pytest.raises(ValueError, match=r"`validation` .* holds no sentence for it; 1 sentences have no tags"):
        load_tagged(path, path, validation=path)


def test_what_is_missing_is_named(tmp_path):
    one = write(tmp_path / "one.conll", [("a", "O")])
    with pytest.raises(ValueError, match="has one tag only. Received: 'O'"):
        load_tagged(labelled=one)
    with pytest.raises(ValueError, match="`labelled` is missing"):
        load_tagged(test=one)
    (tmp_path / "bare.jsonl").write_text('{"tokens": ["a"]}')
    with pytest.raises(ValueError, match="1 sentences have no tags"):
        load_tagged(labelled=tmp_path / "bare.jsonl")
