import numpy as np
import pytest
from PIL import Image


@pytest.fixture
def images(tmp_path):
    folder = tmp_path / "images"
    folder.mkdir()
    for i, pixels in enumerate(np.random.default_rng(0).integers(0, 256, (5, 8, 8), np.uint8)):
        Image.fromarray(pixels).save(folder / f"{i}.png")
    return folder


def test_images(type_in, images, tmp_path):
    (images / "again.png").write_bytes((images / "0.png").read_bytes())
    result = type_in("shard", images, tmp_path / "out", "--samples", 2, "--processes", 1)
    assert result.exit_code == 0, result.output
    assert "5 samples in 3 shards" in result.output
    assert "1 duplicates, 0 files" in result.output
    assert len(list((tmp_path / "out").glob("*.tfrecord"))) == 3


def test_what_is_wrong_is_said_in_a_line(type_in, images, tmp_path):
    (images / "broken.png").write_bytes(b"nothing")
    result = type_in("shard", images, tmp_path / "out", "--processes", 1)
    assert result.exit_code == 2
    assert "broken.png" in result.output and "Traceback" not in result.output
    assert not (tmp_path / "out").exists()
    result = type_in("shard", images, tmp_path / "out", "--processes", 1, "--on-bad", "skip")
    assert result.exit_code == 0 and "1 files that cannot be used" in result.output


def test_texts_with_a_tokenizer_learnt_from_them(type_in, tmp_path):
    (tmp_path / "corpus.txt").write_text("one two three\ntwo three four\n")
    command = ["shard", tmp_path / "corpus.txt", tmp_path / "out", "--length", 8, "--processes", 1]
    result = type_in(*command)
    assert result.exit_code == 2 and "Texts need `tokenizer`" in result.output
    command += ["--tokenizer", tmp_path / "tokenizer", "--train-tokenizer", "bytes"]
    for _ in range(2):
        result = type_in(*command)
        assert result.exit_code == 0, result.output
        assert "4 samples in 1 shards" in result.output
    assert sorted(path.name for path in tmp_path.iterdir()) == ["corpus.txt", "out", "tokenizer"]
