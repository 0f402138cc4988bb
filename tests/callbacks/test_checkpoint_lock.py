import json
import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from keras_transfer.callbacks import checkpoint_lock
from keras_transfer.callbacks.checkpoint_lock import CheckpointLock

HOLD = """
import sys, time
sys.path.insert(0, sys.argv[2])
import store_alone
store_alone.import_store()
from keras_transfer.callbacks.checkpoint_lock import CheckpointLock
CheckpointLock(sys.argv[1]).acquire()
print("held", flush=True)
time.sleep(60)
"""
FAULTS = Path(__file__).parents[1] / "faults"


def hold_elsewhere(folder):
    process = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(folder), str(FAULTS)], stdout=subprocess.PIPE, text=True
    )
    assert process.stdout.readline() == "held\n"
    return process


def end(process):
    process.send_signal(signal.SIGKILL)
    process.communicate()


def test_other_process_is_named_and_its_death_frees(tmp_path):
    other = hold_elsewhere(tmp_path)
    lock = CheckpointLock(tmp_path)
    try:
        with pytest.raises(RuntimeError, match=f"process {other.pid} on host .* is writing to {tmp_path}"):
            lock.acquire()
    finally:
        end(other)
    lock.acquire()
    assert json.loads((tmp_path / "writer.lock").read_text())["pid"] == os.getpid()
    lock.release()
    assert (tmp_path / "writer.lock").read_text() == ""


@pytest.mark.parametrize("content", ["", "{", "[]", '{"pid": 999999999, "host": "gone"}'])
def test_stale_file_does_not_stand_in_the_way(content, tmp_path):
    (tmp_path / "writer.lock").write_text(content)
    lock = CheckpointLock(tmp_path)
    lock.acquire()
    lock.release()
    lock.release()


def test_without_file_locks_the_process_id_decides(tmp_path, monkeypatch):
    monkeypatch.setattr(checkpoint_lock, "fcntl", None)
    other = hold_elsewhere(tmp_path)
    try:
        with pytest.raises(RuntimeError, match=f"process {other.pid}"):
            CheckpointLock(tmp_path).acquire()
    finally:
        end(other)
    lock = CheckpointLock(tmp_path)
    lock.acquire()
    lock.release()
    # A live holder on another host cannot be asked.
    (tmp_path / "writer.lock").write_text('{"pid": 1, "host": "elsewhere"}')
    with pytest.raises(RuntimeError, match="host elsewhere"):
        CheckpointLock(tmp_path).acquire()


def test_a_fit_that_failed_in_this_thread_gives_way(tmp_path):
    first, second = CheckpointLock(tmp_path), CheckpointLock(tmp_path)
    first.acquire()
    second.acquire()
    first.release()  # late, and of no effect
    assert json.loads((tmp_path / "writer.lock").read_text())["pid"] == os.getpid()
    second.release()


def test_another_live_thread_does_not(tmp_path):
    held, done = threading.Event(), threading.Event()

    def hold():
        lock = CheckpointLock(tmp_path)
        lock.acquire()
        held.set()
        done.wait(10)
        lock.release()

    thread = threading.Thread(target=hold)
    thread.start()
    held.wait(10)
    try:
        with pytest.raises(RuntimeError, match=f"process {os.getpid()}"):
            CheckpointLock(tmp_path).acquire()
    finally:
        done.set()
        thread.join()
