import hashlib

from keras_transfer.data.file_sha256 import file_sha256


def test_is_that_of_the_contents(tmp_path):
    (tmp_path / "file").write_bytes(b"abc" * 100_000)
    assert file_sha256(tmp_path / "file") == hashlib.sha256(b"abc" * 100_000).hexdigest()
