"""Trainings in child processes that meet with faults, compared with the run nobody disturbed.

The parent imports TensorFlow and never computes with it; each run is a fork of it, so that the import is paid for once.
"""

import hashlib
import json
import os
import random
import resource
import signal
import threading
import time
import traceback

import keras
import numpy as np
from tensorflow.python.eager import context

from keras_transfer.callbacks import model_state
from keras_transfer.callbacks.checkpoint_store import CheckpointWriteError

_SHOWN = 400  # characters of an error
TOLD, FULL, WRONG = 0, 3, 4  # exit codes of a child
SIGTERM_CODE = 75
EVENTS = (
    "kill",
    "kill, then a cut file",
    "kill, then a flipped bit",
    "SIGTERM",
    "kill, then no manifest",
    "NaN",
    "full disk",
)


class Trouble(keras.callbacks.Callback):
    """Brings the fault about, so many batches after this process began to train.

    Args:
        event: One of `EVENTS`.
        after: Batches.
        delay: Seconds from the beginning of that batch to SIGKILL, which comes from another thread.
    """

    def __init__(self, event, after, delay):
        super().__init__()
        self.event, self.after, self.delay = event, after, delay
        self.seen = 0

    def on_train_batch_begin(self, batch, logs=None):
        if self.seen == self.after:
            self._strike()
        if self.event == "NaN" and self.seen == self.after + 2:
            os.kill(os.getpid(), signal.SIGKILL)
        self.seen += 1

    def on_train_end(self, logs=None):
        if self.event != "full disk":  # the training was shorter than that
            os.kill(os.getpid(), signal.SIGKILL)

    def _strike(self):
        if self.event == "SIGTERM":
            os.kill(os.getpid(), signal.SIGTERM)
        elif self.event == "NaN":
            weights = self.model.trainable_variables[0]
            weights.assign(np.full(weights.shape, np.nan))
        elif self.event == "full disk":
            signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
            resource.setrlimit(resource.RLIMIT_FSIZE, (600, 600))
        else:
            threading.Thread(target=self._kill, daemon=True).start()

    def _kill(self):
        time.sleep(self.delay)
        os.kill(os.getpid(), signal.SIGKILL)


def run(train, callbacks):
    """Train in a fork; returns `(exit code or minus the signal, what it told: digest of the final state, or an error)`."""
    assert not context.context()._initialized, (
        "TensorFlow has begun to compute in the parent: it cannot be forked any more"
    )
    reading, writing = os.pipe()
    pid = os.fork()
    if pid == 0:
        os.close(reading)
        code = WRONG
        try:
            nowhere = os.open(os.devnull, os.O_WRONLY)
            os.dup2(nowhere, 1)
            os.dup2(nowhere, 2)
            model, history = train(callbacks())
            os.write(writing, digest(model, history).encode())
            code = TOLD
        except SystemExit as left:
            code = left.code
        except CheckpointWriteError as error:
            os.write(writing, str(error).encode())
            code = FULL
        except BaseException:
            os.write(writing, " ".join(traceback.format_exc().split())[-_SHOWN:].encode())
        finally:
            os._exit(code)
    os.close(writing)
    with os.fdopen(reading, "rb") as told:
        text = told.read().decode()
    _, status = os.waitpid(pid, 0)
    return os.waitstatus_to_exitcode(status), text


def digest(model, history):
    """One figure for every bit of the final state: model, optimizer, generators, and the history."""
    found = hashlib.sha256(json.dumps(history.history, sort_keys=True, default=float).encode())
    values = model_state.read(model_state.state_variables(model))
    for kind in ("model", "optimizer", "other"):
        for value in values[kind]:
            for copy in value if isinstance(value, list) else [value]:
                found.update(copy.tobytes())
    return found.hexdigest()


def disturbed(train, place, protect, damage, events, draw, quiet, strict=True):
    """Lead a training through faults to its end.

    Args:
        train: Function of callbacks.
        place: Folder where the protection keeps what it saves.
        protect: Function of the folder that returns the callbacks that protect the training.
        damage: Function of the folder, the event and `draw` that spoils the newest saved state.
        events: Some of `EVENTS`, one for each process but the last.
        draw: `random.Random`.
        quiet: Digest of the end that nobody disturbed.
        strict: Whether each process must also end as promised: SIGTERM with its exit code, a full disk with its error.

    Returns:
        `(wrong, text)`: how many of the events were not recovered from, which are all if the end is another than the quiet
        one; and what was wrong.
    """
    wrong = []
    for event in events:
        after, delay = draw.randrange(4), draw.choice((0, draw.uniform(0, 0.05)))
        code, text = run(train, lambda: [*protect(place), Trouble(event, after, delay)])  # noqa: B023, used at once
        expected = {"SIGTERM": (SIGTERM_CODE, -signal.SIGKILL), "full disk": (FULL, TOLD)}.get(
            event, (-signal.SIGKILL,)
        )
        if strict and code not in expected:
            wrong.append(f"{event} after {after} batches ended with {code}: {text}")
        damage(place, event, draw)
    code, end = run(train, lambda: protect(place))
    if code != TOLD:
        return len(events), f"the last run ended with {code}: {end}"
    if end != quiet:
        return len(events), "the end is another than that of the quiet run"
    return len(wrong), "; ".join(wrong)


def spoil(path, event, draw):
    """Damage one file."""
    content = bytearray(path.read_bytes())
    if event == "kill, then no manifest":
        path.unlink()
    elif event == "kill, then a cut file":
        path.write_bytes(content[: draw.randrange(len(content))])
    elif event == "kill, then a flipped bit":
        content[draw.randrange(len(content))] ^= 1 << draw.randrange(8)
        path.write_bytes(bytes(content))


def campaign(trainings, protect, damage, folder, events_each, seed=0, strict=True):
    """Lead all trainings through faults, print each, and return `(held, injected)`.

    Args:
        trainings: `{name: train}`.
        protect: As for `disturbed`.
        damage: As for `disturbed`.
        folder: An empty folder.
        events_each: Faults in each training.
        seed: Of what happens when.
        strict: As for `disturbed`. Without it every fault gets a run of its own: those before it are not held against it.
    """
    held = injected = 0
    for number, (name, train) in enumerate(trainings.items()):
        draw, began = random.Random(f"{seed} {name}"), time.monotonic()
        events = [EVENTS[(number * events_each + i) % len(EVENTS)] for i in range(events_each)]
        place = folder / str(number)
        place.mkdir()
        code, quiet = run(train, lambda: protect(place / "quiet"))  # noqa: B023, used at once
        wrong, text = 0, ""
        for i, some in enumerate([events] if strict else [[event] for event in events]):
            if code != TOLD:
                wrong, text = len(events), f"the quiet run ended with {code}: {quiet}"
                break
            more, why = disturbed(train, place / f"disturbed-{i}", protect, damage, some, draw, quiet, strict)
            wrong, text = wrong + more, f"{text} {why}".strip()
        held, injected = held + len(events) - wrong, injected + len(events)
        seconds = time.monotonic() - began
        print(
            f"{len(events) - wrong} / {len(events)}  {name} ({', '.join(events)}; {seconds:.0f} s) {text}".rstrip(),
            flush=True,
        )
    return held, injected
