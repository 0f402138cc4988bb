import pytest

from keras_transfer.whole_file import whole_file


def test_appears_when_it_is_finished(tmp_path):
    path = tmp_path / "file"
    with whole_file(path) as temporary, open(temporary, "w") as file:
        file.write("new")
        assert not path.exists() and temporary.endswith(".part")
    assert [(one.name, one.read_text()) for one in tmp_path.iterdir()] == [("file", "new")]


def test_a_block_that_fails_leaves_the_old_file_and_nothing_else(tmp_path):
    (tmp_path / "file").write_text("old")
    with pytest.raises(KeyError), whole_file(tmp_path / "file") as temporary:
        open(temporary, "w").close()
        raise KeyError
    assert [(one.name, one.read_text()) for one in tmp_path.iterdir()] == [("file", "old")]


def test_a_missing_folder_is_named(tmp_path):
    with pytest.raises(FileNotFoundError, match="no folder .*away"), whole_file(tmp_path / "away" / "file"):
        pass
