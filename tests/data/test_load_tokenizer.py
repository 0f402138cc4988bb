import pytest

from keras_transfer.data import TextTokenizer, load_tokenizer, train_tokenizer


@pytest.mark.parametrize("kind", ["wordpiece", "unigram", "bytes"])
def test_loads_what_was_saved(tmp_path, kind):
    texts = ["one text", "and another one"]
    saved = train_tokenizer(texts, kind, 300)
    saved.save(tmp_path)
    loaded = load_tokenizer(tmp_path)
    assert type(loaded) is TextTokenizer and loaded.kind == kind
    assert [row.tolist() for row in loaded.encode(texts)] == [row.tolist() for row in saved.encode(texts)]


def test_other_files_are_named(tmp_path):
    with pytest.raises(FileNotFoundError):
        load_tokenizer(tmp_path)
    (tmp_path / "tokenizer.json").write_text('{"model": {}}')
    with pytest.raises(ValueError, match="was not written by a tokenizer"):
        load_tokenizer(tmp_path)
