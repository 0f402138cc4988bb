"""What tells one file from another."""

import hashlib


def file_sha256(path):
    """SHA-256 of a file's contents, 64 hexadecimal digits."""
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
