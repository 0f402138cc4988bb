"""What a project remembers of the template it came from, for `update`."""

import base64
import dataclasses
import hashlib
import json
import zlib
from pathlib import Path

from keras_transfer.cli.refused import Refused
from keras_transfer.cli.scaffold_names import check_file
from keras_transfer.version import __version__

RECORD = ".keras-transfer.json"
_FORMAT = 1
_LARGEST = 64 * 2**20


@dataclasses.dataclass(frozen=True)
class Record:
    """What a project remembers, in `.keras-transfer.json`: one file, so that it is never half of one version.

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
        """`files`, and the record itself."""
        return {**self.files, RECORD: (self.to_json().encode(), False)}

    def to_json(self):
        """The record as text; each file with its SHA-256, and packed as it was rendered."""
        described = {
            "format": _FORMAT,
            "library_version": self.version,
            "name": self.name,
            "template": self.template,
            "answers": self.answers,
            "set": list(self.settings),
            "files": {path: _packed(*self.files[path]) for path in sorted(self.files)},
        }
        return json.dumps(described, indent=2, ensure_ascii=False) + "\n"


def load_record(folder):
    """Read a project's record.

    Raises:
        Refused: if the folder is no project, or its record is damaged.
    """
    path = Path(folder) / RECORD
    try:
        data = json.loads(path.read_bytes())
        if data["format"] != _FORMAT:
            raise Refused(
                f"{path}: written by another version of keras_transfer, {data['library_version']}; install that"
            )
        files = {str(check_file(name)): _unpacked(name, item) for name, item in data["files"].items()}
        name, template, answers, settings = (data[key] for key in ("name", "template", "answers", "set"))
        return Record(
            str(name), str(template), dict(answers), tuple(map(str, settings)), files, data["library_version"]
        )
    except (FileNotFoundError, NotADirectoryError) as error:
        raise Refused(f"{folder}: is no project made by `keras-transfer new`: there is no {RECORD}") from error
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError, zlib.error) as error:
        raise Refused(f"{path}: damaged ({type(error).__name__}: {error})") from error


def _packed(contents, executable):
    packed = base64.b64encode(zlib.compress(contents, 9)).decode()
    return {"sha256": hashlib.sha256(contents).hexdigest(), "executable": executable, "rendered": packed}


def _unpacked(name, item):
    packer = zlib.decompressobj()
    contents = packer.decompress(base64.b64decode(item["rendered"], validate=True), _LARGEST)
    if packer.unconsumed_tail or hashlib.sha256(contents).hexdigest() != item["sha256"]:
        raise ValueError(f"{name} is not what was rendered")
    return contents, bool(item["executable"])
