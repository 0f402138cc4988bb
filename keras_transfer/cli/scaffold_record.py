"""What a project remembers of the template it came from, for `update`."""

import dataclasses
import hashlib
import io
import json
import zipfile
from pathlib import Path

from keras_transfer.cli.refused import Refused
from keras_transfer.cli.scaffold_names import check_file
from keras_transfer.version import __version__

RECORD = ".keras-transfer.json"
PRISTINE = ".keras-transfer.zip"
_FORMAT = 1
_LARGEST = 256 * 2**20


@dataclasses.dataclass(frozen=True)
class Record:
    """What a project remembers: in `.keras-transfer.json`, and its files as they were rendered in `.keras-transfer.zip`.

    Args:
        name: The project's name.
        template: What `--template` was given.
        answers: From question to value.
        settings: Texts `key.sub=value` that `--set` was given.
        files: From POSIX path to a pair: contents as rendered, and whether the file can be executed.
        version: Version of the library that rendered them.
    """

    name: str
    template: str
    answers: dict
    settings: tuple
    files: dict
    version: str = __version__

    def all_files(self):
        """`files`, and the two that hold this record."""
        return {**self.files, **self.own_files()}

    def own_files(self):
        """The two files that hold this record, in the form of `files`."""
        described = {
            "format": _FORMAT,
            "library_version": self.version,
            "name": self.name,
            "template": self.template,
            "answers": self.answers,
            "set": list(self.settings),
            "files": {path: hashlib.sha256(contents).hexdigest() for path, (contents, _) in sorted(self.files.items())},
        }
        text = json.dumps(described, indent=2, ensure_ascii=False) + "\n"
        return {RECORD: (text.encode(), False), PRISTINE: (_zipped(self.files), False)}


def load_record(folder):
    """Read a project's record.

    Raises:
        Refused: if the folder is no project, or its record is damaged.
    """
    folder = Path(folder)
    try:
        data = json.loads((folder / RECORD).read_bytes())
        if data["format"] != _FORMAT:
            raise Refused(
                f"{folder / RECORD}: written by a newer keras_transfer ({data['library_version']}); upgrade it"
            )
        files = _unzipped(folder / PRISTINE, data["files"])
        keys = ("name", "template", "answers", "set")
        name, template, answers, settings = (data[key] for key in keys)
        return Record(name, template, dict(answers), tuple(settings), files, data["library_version"])
    except FileNotFoundError as error:
        raise Refused(f"{folder}: is no project made by `keras-transfer new` ({error.filename} is missing)") from error
    except (OSError, ValueError, KeyError, TypeError, AttributeError, zipfile.BadZipFile) as error:
        raise Refused(f"{folder / RECORD}: damaged ({error})") from error


def _zipped(files):
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for path, (contents, executable) in sorted(files.items()):
            # A fixed time: the same files give the same archive, so git sees no change where there is none.
            entry = zipfile.ZipInfo(path, (1980, 1, 1, 0, 0, 0))
            entry.external_attr = (0o755 if executable else 0o644) << 16
            archive.writestr(entry, contents, zipfile.ZIP_DEFLATED)
    return stream.getvalue()


def _unzipped(path, digests):
    """The files in memory; nothing is unpacked to disk, and names, sizes and contents are checked."""
    files = {}
    with zipfile.ZipFile(path) as archive:
        entries = archive.infolist()
        if sum(entry.file_size for entry in entries) > _LARGEST:
            raise ValueError(f"{path.name} is too large")
        for entry in entries:
            check_file(entry.filename)
            contents = archive.read(entry)
            if hashlib.sha256(contents).hexdigest() != digests.get(entry.filename):
                raise ValueError(f"{entry.filename} in {path.name} is not what was rendered")
            files[entry.filename] = contents, bool(entry.external_attr >> 16 & 0o111)
    if set(files) != set(digests):
        raise ValueError(f"{path.name} lacks files")
    return files
