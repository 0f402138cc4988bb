"""The folder of one run."""

import contextlib
import datetime
import json
import os
import re
import shutil
import time
from pathlib import Path

from keras_transfer.atomic_write import atomic_write
from keras_transfer.project.run_error import RunError

LATEST = "latest"


class RunFolder:
    """One run: `runs/<time>`, what its stages wrote, and how long they took.

        runs/latest                  a link to the newest run (a text file with its name where links are not supported)
        runs/2025-01-31_14-05-09/
            config.yaml              the settings of the run
            stages.json              state and seconds of each stage
            logs/<stage>/            TensorBoard logs
            progress/<stage>/        what a killed stage resumes from

    Scripts get one from `run_stage`; `RunFolder.create("runs")` and `RunFolder.open("runs")` make one anywhere else.
    `run / "encoder.keras"` is a path inside.

    Args:
        path: The folder.
        stage: Name of the stage that is being run, if any.
        resumed: Whether that stage goes on from where it was killed.
        is_chief: Whether this process is the one that writes; with several workers all but one do not.
        strategy: The `tf.distribute.Strategy` to build models under; by default TensorFlow's current one.
    """

    def __init__(self, path, stage=None, resumed=False, is_chief=True, strategy=None):
        self.path, self.stage, self.resumed, self.is_chief = Path(path), stage, resumed, is_chief
        self._strategy = strategy
        self._earlier, self._since = 0.0, None

    @classmethod
    def create(cls, base="runs", name=None):
        """Make a new run folder and point `latest` at it.

        Args:
            base: Folder of the runs.
            name: Its name; by default the time.

        Raises:
            RunError: if there is one of that name, or the folder cannot be made.
        """
        base = Path(base)
        stem = name or datetime.datetime.now().strftime("%Y-%m-%d_%H-%M-%S")
        # Two runs may begin in one second; a name that was asked for is taken as it is.
        names = [name] if name else [stem, *(f"{stem}-{number}" for number in range(2, 100))]
        chosen = next((name for name in names if _make(base / name)), None)
        if chosen is None:
            raise RunError(f"{base / stem}: is there already; choose another name")
        _point(base, chosen)
        return cls(base / chosen)

    @classmethod
    def open(cls, base="runs", name=None):
        """The newest run, or the one of a name.

        Raises:
            RunError: if there is none.
        """
        path = run_path(base, name)
        if path is None or not path.is_dir():
            known = sorted(item.name for item in Path(base).glob("*") if item.is_dir() and not item.is_symlink())
            there = f"there are {', '.join(known)}" if known else "there are no runs yet"
            raise RunError(f"{path or base}: no such run; {there}")
        return cls(path)

    def __truediv__(self, name):
        return self.path / name

    def __fspath__(self):
        return os.fspath(self.path)

    def __repr__(self):
        return f"RunFolder({str(self.path)!r}, stage={self.stage!r}, resumed={self.resumed})"

    @property
    def strategy(self):
        """The strategy to build models under: `with run.strategy.scope(): ...`."""
        if self._strategy is None:
            import tensorflow as tf

            return tf.distribute.get_strategy()
        return self._strategy

    @property
    def logs(self):
        """Folder for the stage's TensorBoard logs; empty unless the stage is resumed."""
        return self.path / "logs" / self._stage_name()

    @property
    def progress(self):
        """Folder for what a killed stage resumes from; empty unless the stage is resumed."""
        return self.path / "progress" / self._stage_name()

    @property
    def stages(self):
        """State of each stage: from name to `state` (`running`, `interrupted`, `finished`), `seconds`, `started`, `attempts`.

        A stage that was killed still says `running`.
        """
        try:
            return json.loads((self.path / "stages.json").read_text(encoding="utf-8"))
        except FileNotFoundError:
            return {}
        except ValueError as error:
            raise RunError(f"{self.path / 'stages.json'}: damaged ({error}); start a new run") from error

    @property
    def seconds(self):
        """Seconds each stage took, the running one up to now."""
        seconds = {name: record["seconds"] for name, record in self.stages.items()}
        if self._since is not None:
            seconds[self.stage] = round(self._earlier + time.monotonic() - self._since, 3)
        return seconds

    def is_finished(self, stage):
        """Whether a stage has run to its end."""
        return self.stages.get(stage, {}).get("state") == "finished"

    @contextlib.contextmanager
    def time(self, stage, resumed=False):
        """Run a stage inside a `with`: empties its folders unless it resumes, and records state and seconds."""
        self.stage, self.resumed = stage, resumed
        before = self.stages.get(stage, {}) if resumed else {}
        if self.is_chief and not resumed:
            for folder in (self.logs, self.progress):
                shutil.rmtree(folder, ignore_errors=True)
        record = {
            "state": "running",
            "seconds": before.get("seconds", 0.0),
            "started": datetime.datetime.now().astimezone().isoformat(timespec="seconds"),
            "attempts": before.get("attempts", 0) + 1,
        }
        self._record(stage, record)
        self._earlier, self._since = record["seconds"], time.monotonic()
        state = "interrupted"
        try:
            yield self
            state = "finished"
        finally:
            seconds = round(record["seconds"] + time.monotonic() - self._since, 3)
            self._since = None
            self._record(stage, {**record, "state": state, "seconds": seconds})

    def _record(self, stage, record):
        if self.is_chief:
            atomic_write(self.path / "stages.json", json.dumps({**self.stages, stage: record}, indent=2) + "\n")

    def _stage_name(self):
        if self.stage is None:
            raise RunError(f"{self.path}: no stage is running; use `with run.time('pretrain'):`")
        return self.stage


def run_path(base, name=None):
    """Path of a run by its name or path, or of the newest one; `None` if there is none."""
    base = Path(base)
    if name:
        return Path(name) if os.sep in str(name) else base / name
    pointer = base / LATEST
    if pointer.is_symlink():
        return base / os.readlink(pointer)
    if pointer.is_file():
        target = pointer.read_text(encoding="utf-8").strip()
        return base / target if re.fullmatch(r"[\w.-]+", target) and target not in (".", "..") else None
    return pointer if pointer.is_dir() else None


def _make(path):
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.mkdir()
    except FileExistsError:
        return False
    except OSError as error:
        raise RunError(f"{path}: cannot be made: {error.strerror}") from error
    return True


def _point(base, name):
    """Let `latest` name a run, with nothing in between for a reader to stumble over."""
    pointer, temporary = base / LATEST, base / f".{LATEST}-{name}"
    if pointer.is_dir() and not pointer.is_symlink():
        raise RunError(f"{pointer}: is a folder, not the link that is kept there; rename it")
    try:
        os.symlink(name, temporary, target_is_directory=True)
        os.replace(temporary, pointer)
    except (OSError, NotImplementedError):
        atomic_write(pointer, f"{name}\n")
